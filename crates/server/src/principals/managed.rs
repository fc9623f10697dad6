//! Policies that the server brings, by the ARNs that AWS's own have, and with what those say of DynamoDB.

/// Everything.
pub(crate) const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

const FULL: &str = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess";

/// The ARNs of all of them.
pub(crate) const ARNS: [&str; 3] = [ADMINISTRATOR, FULL, READ_ONLY];

/// What the policy with an ARN says.
pub(super) fn document(arn: &str) -> Option<&'static str> {
    match arn {
        ADMINISTRATOR => Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        ),
        FULL => Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:*","cloudwatch:GetMetricData"],"Resource":"*"}]}"#,
        ),
        READ_ONLY => Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:BatchGetItem","dynamodb:Describe*","dynamodb:List*","dynamodb:GetAbacStatus","dynamodb:GetItem","dynamodb:GetRecords","dynamodb:GetResourcePolicy","dynamodb:GetShardIterator","dynamodb:Query","dynamodb:Scan","dynamodb:PartiQLSelect","cloudwatch:GetMetricData"],"Resource":"*"}]}"#,
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use auth::policy::{Kind, Policy};

    use super::*;

    #[test]
    fn each_is_a_policy() {
        for arn in ARNS {
            assert!(Policy::parse(document(arn).unwrap(), Kind::Identity).is_ok(), "{arn}");
        }
        assert!(document("arn:aws:iam::aws:policy/Other").is_none());
    }
}
