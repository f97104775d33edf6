//! The table as `template.yaml` describes it: the one description for the stack, the dev server and imports.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

const TEMPLATE: &str = include_str!("../../template.yaml");

/// What CreateTable and UpdateTimeToLive need to know about the table, apart from its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    pub(crate) key_schema: Value,
    pub(crate) attribute_definitions: Value,
    pub(crate) global_secondary_indexes: Value,
    pub(crate) stream_specification: StreamSpecification,
    pub(crate) time_to_live_specification: TimeToLiveSpecification,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StreamSpecification {
    pub(crate) stream_view_type: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TimeToLiveSpecification {
    pub(crate) attribute_name: String,
}

impl Table {
    /// The table of this project's template, read once per process.
    ///
    /// # Errors
    ///
    /// If the template does not have exactly one table, with keys, stream and TTL.
    pub fn of_template() -> Result<&'static Table, Error> {
        static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(|| Table::read(TEMPLATE));
        TABLE.as_ref().map_err(|problem| Error::Template(problem.clone()))
    }

    fn read(template: &str) -> Result<Table, String> {
        let template: Value = serde_saphyr::from_str(template).map_err(|error| error.to_string())?;
        let resources =
            template["Resources"].as_object().into_iter().flat_map(|resources| resources.values());
        let mut tables = resources.filter(|resource| resource["Type"] == "AWS::DynamoDB::Table");
        let (Some(table), None) = (tables.next(), tables.next()) else {
            return Err("not exactly one AWS::DynamoDB::Table".to_owned());
        };
        Table::deserialize(&table["Properties"]).map_err(|error| format!("the table: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_projects_template_has_one_table() {
        let table = Table::of_template().expect("it has");
        assert_eq!(table.stream_specification.stream_view_type, "KEYS_ONLY");
        assert_eq!(table.time_to_live_specification.attribute_name, "expires_at");
    }

    #[test]
    fn a_template_with_two_tables_or_none_is_refused() {
        let table = "{Type: AWS::DynamoDB::Table, Properties: {}}";
        for resources in [String::new(), format!("One: {table}, Two: {table}")] {
            let problem = Table::read(&format!("Resources: {{{resources}}}")).expect_err("not one table");
            assert_eq!(problem, "not exactly one AWS::DynamoDB::Table");
        }
    }
}
