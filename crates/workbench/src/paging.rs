//! Replies of several pages: the query for the next one.

use jsonc_parser::ast::Value;

use crate::edit;
use crate::json::{self, Layout, Leniency};

/// What a reply says of where it stopped, and what the next query says of where it goes on.
const PAIRS: &[(&str, &str)] = &[
    ("LastEvaluatedKey", "ExclusiveStartKey"),
    ("LastEvaluatedTableName", "ExclusiveStartTableName"),
    ("LastEvaluatedBackupArn", "ExclusiveStartBackupArn"),
    ("LastEvaluatedGlobalTableName", "ExclusiveStartGlobalTableName"),
    ("LastEvaluatedStreamArn", "ExclusiveStartStreamArn"),
    ("NextToken", "NextToken"),
];

/// The body for the page after a reply; `None` where that was the last one. Everything else of the body stays as it is.
#[must_use]
pub fn next_page(text: &str, reply: &str) -> Option<String> {
    let reply = json::parse(reply, Leniency::Strict).ok()??;
    let reply = reply.as_object()?;
    let (place, next) = PAIRS.iter().find_map(|(last, next)| {
        let place = &reply.get(last)?.value;
        (!matches!(place, Value::NullKeyword(_))).then_some((place, *next))
    })?;
    let place = json::text(place, Layout::Compact);
    let text = if text.trim().is_empty() { "{}" } else { text };
    let tree = json::parse(text, Leniency::Written).ok()??;
    let object = tree.as_object()?;
    let edit = match object.get(next) {
        Some(member) => edit::replace(&member.value, place),
        None => edit::add_member(text, object, next, &place),
    };
    Some(edit::apply(text, vec![edit]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_begins_where_the_last_one_ended() {
        #[track_caller]
        fn check(text: &str, reply: &str, expected: Option<&str>) {
            assert_eq!(next_page(text, reply).as_deref(), expected);
        }
        let reply = r#"{"Items": [], "LastEvaluatedKey": {"id": {"N": "1"}}}"#;
        check(
            r#"{"TableName": "a" /* all */}"#,
            reply,
            Some(r#"{"TableName": "a", "ExclusiveStartKey": {"id":{"N":"1"}} /* all */}"#),
        );
        check(
            r#"{"ExclusiveStartKey": {}}"#,
            reply,
            Some(r#"{"ExclusiveStartKey": {"id":{"N":"1"}}}"#),
        );
        check("", r#"{"NextToken": "x"}"#, Some(r#"{ "NextToken": "x" }"#));
        check("{}", r#"{"Items": [], "LastEvaluatedKey": null}"#, None);
        check("{}", r#"{"Items": []}"#, None);
    }
}
