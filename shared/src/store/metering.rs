//! Counts every attempt of every DynamoDB call.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemOutput;
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::PutItemOutput;
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{ScanInput, ScanOutput};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsOutput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemOutput;
use aws_sdk_dynamodb::types::ConsumedCapacity;
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use crate::runtime::meter::{self, Access};

/// Reports each attempt to [`meter`], with its capacity units and its time.
#[derive(Debug)]
pub(super) struct Metering;

#[derive(Debug)]
struct Kind(Access);

#[derive(Debug)]
struct Started(Instant);

impl Storable for Kind {
    type Storer = StoreReplace<Kind>;
}

impl Storable for Started {
    type Storer = StoreReplace<Started>;
}

impl Intercept for Metering {
    fn name(&self) -> &'static str {
        "Metering"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Kind(access_of(context.input())));
        Ok(())
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Started(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let units = match context.output_or_error() {
            Some(Ok(output)) => units_of(output),
            _ => 0.0,
        };
        let time = config.load::<Started>().map_or(Duration::ZERO, |Started(at)| at.elapsed());
        let access = config.load::<Kind>().map_or(Access::Write, |Kind(access)| *access);
        meter::record(access, units, time);
        Ok(())
    }
}

fn access_of(input: &Input) -> Access {
    let is_read = input.downcast_ref::<GetItemInput>().is_some()
        || input.downcast_ref::<BatchGetItemInput>().is_some()
        || input.downcast_ref::<QueryInput>().is_some()
        || input.downcast_ref::<ScanInput>().is_some();
    if is_read { Access::Read } else { Access::Write }
}

fn units_of(output: &Output) -> f64 {
    let single = |capacity: Option<&ConsumedCapacity>| capacity.and_then(ConsumedCapacity::capacity_units);
    let several = |capacities: &[ConsumedCapacity]| {
        capacities.iter().filter_map(ConsumedCapacity::capacity_units).sum::<f64>()
    };
    macro_rules! of {
        (single: $($one:ty),+; several: $($many:ty),+) => {
            $(if let Some(output) = output.downcast_ref::<$one>() {
                return single(output.consumed_capacity()).unwrap_or_default();
            })+
            $(if let Some(output) = output.downcast_ref::<$many>() {
                return several(output.consumed_capacity());
            })+
        };
    }
    of!(
        single: GetItemOutput, QueryOutput, ScanOutput, PutItemOutput, UpdateItemOutput, DeleteItemOutput;
        several: BatchGetItemOutput, TransactWriteItemsOutput
    );
    0.0
}
