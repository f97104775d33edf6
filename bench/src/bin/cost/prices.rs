//! List prices in US dollars that the dashboard does not need; the others are in `template.yaml`. For us-east-1, without
//! free tiers, as AWS published them in 2025; look them up before you rely on the sums.

/// <https://aws.amazon.com/dynamodb/pricing/on-demand/>: storage and point-in-time recovery.
pub(crate) const STORED_GB_MONTH: f64 = 0.25 + 0.20;
/// <https://aws.amazon.com/kms/pricing/>
pub(crate) const KEY_MONTH: f64 = 1.0;
/// <https://aws.amazon.com/cloudwatch/pricing/>, as the next three. Logs are stored compressed, and counted here as
/// if they were not.
pub(crate) const LOG_STORED_GB_MONTH: f64 = 0.03;
/// For each metric that an alarm analyses.
pub(crate) const ALARM_METRIC_MONTH: f64 = 0.10;
/// For each combination of name and dimensions, up to 10 000 of them.
pub(crate) const CUSTOM_METRIC_MONTH: f64 = 0.30;
pub(crate) const DASHBOARD_MONTH: f64 = 3.0;
/// A pipe reads each shard of a stream four times a second, changes or not
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html>). Reads cost $0.02 for 100 000;
/// AWS names only those of Lambda as free, so those of a pipe are counted
/// (<https://aws.amazon.com/dynamodb/pricing/on-demand/>).
pub(crate) const SHARD_MONTH: f64 = 4.0 * SECONDS_OF_MONTH * 0.02 / 100_000.0;
/// Lambda keeps five long polls of 20 seconds open for a queue; a request costs $0.40 a million
/// (<https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>, <https://aws.amazon.com/sqs/pricing/>).
pub(crate) const POLLED_QUEUE_MONTH: f64 = 5.0 * SECONDS_OF_MONTH / 20.0 * 0.40 / 1e6;
/// One request of EventBridge Pipes and one event on a bus of one's own, of at most 64 KB
/// (<https://aws.amazon.com/eventbridge/pricing/>).
pub(crate) const EVENT_MILLION: f64 = 0.40 + 1.00;
const SECONDS_OF_MONTH: f64 = 30.0 * 86_400.0;
/// <https://aws.amazon.com/waf/pricing/>, as the next two.
pub(crate) const WEB_ACL_MONTH: f64 = 5.0;
pub(crate) const WEB_ACL_RULE_MONTH: f64 = 1.0;
pub(crate) const WEB_ACL_MILLION_REQUESTS: f64 = 0.60;
/// <https://aws.amazon.com/cognito/pricing/>, per monthly active user: up to how many, and for each of them.
pub(crate) const COGNITO_LITE: [(f64, f64); 5] = [
    (10_000.0, 0.0),
    (100_000.0, 0.005_5),
    (1_000_000.0, 0.004_6),
    (10_000_000.0, 0.003_25),
    (f64::INFINITY, 0.002_5),
];
pub(crate) const COGNITO_ESSENTIALS: [(f64, f64); 2] = [(10_000.0, 0.0), (f64::INFINITY, 0.015)];

/// What so many users cost, if each is billed by the tier that it falls into.
pub(crate) fn tiered(users: f64, tiers: &[(f64, f64)]) -> f64 {
    let mut below = 0.0;
    let mut sum = 0.0;
    for (up_to, price) in tiers {
        sum += (users.min(*up_to) - below).max(0.0) * price;
        below = *up_to;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cognito_bills_each_user_by_the_tier_they_fall_into() {
        for (users, lite, essentials) in [
            (10_000.0, 0.0, 0.0),
            (100_000.0, 495.0, 1_350.0),
            (200_000.0, 955.0, 2_850.0),
            (1_000_000.0, 4_635.0, 14_850.0),
        ] {
            let billed = |tiers| tiered(users, tiers).round();
            assert_eq!(billed(&COGNITO_LITE), lite, "{users}");
            assert_eq!(billed(&COGNITO_ESSENTIALS), essentials, "{users}");
        }
    }
}
