//! What to do about a refusal, where the service does not say it.

use crate::command::Command;
use crate::reply::Refusal;

/// A sentence on what helps; `None` where the service's own words do.
pub(crate) fn of(command: Command, refusal: &Refusal, region: &str) -> Option<String> {
    let message = refusal.message.as_str();
    Some(match refusal.exception.as_str() {
        "UnrecognizedClientException" | "InvalidClientTokenId" => {
            "The access key ID is not known there: check it, the Region, and whether a session token belongs to it".to_owned()
        }
        "InvalidSignatureException" if message.contains("expired") || message.contains("not yet current") => {
            "The clocks of the two machines differ: set this machine's by a time server".to_owned()
        }
        "InvalidSignatureException" => {
            "The secret access key is not the one that belongs to the access key ID".to_owned()
        }
        "ExpiredTokenException" => "The session has ended: get new credentials".to_owned(),
        "AccessDeniedException" => format!(
            "A policy must allow dynamodb:{} on the resource that is named to whoever the access key belongs to",
            command.name()
        ),
        "ResourceNotFoundException" => {
            format!("There is none by this name in {region}: check the name, the Region and the account")
        }
        "ResourceInUseException" => "It is being made, changed or deleted, or its name is taken: look at it with DescribeTable".to_owned(),
        "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded" => {
            "Ask again after a while, or give the table more throughput".to_owned()
        }
        "ConditionalCheckFailedException" => {
            "The item is not as ConditionExpression wants it; ReturnValuesOnConditionCheckFailure: ALL_OLD shows how it is".to_owned()
        }
        "TransactionCanceledException" => "Nothing was changed: the entries below say why".to_owned(),
        "ValidationException" if message.contains("does not match the schema") => {
            "The key must have exactly the attributes of the table's key, with their types".to_owned()
        }
        _ => return None,
    })
}
