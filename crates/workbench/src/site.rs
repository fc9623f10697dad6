//! The parts of a body that are requests of their own: the whole of it, or an entry of a transaction or a batch.

use jsonc_parser::ast::{Object, StringLit, Value};

use crate::schema::{TableSchema, Tables, table_name};

/// The members that hold expressions.
const EXPRESSIONS: &[&str] = &[
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
];

/// Members whose content is the user's own.
const USER_DATA: &[&str] =
    &["ExclusiveStartKey", "ExpressionAttributeNames", "ExpressionAttributeValues", "Item", "Key"];

/// A request, or a part of one that has a table of its own.
pub(crate) struct Site<'a> {
    pub(crate) object: &'a Object<'a>,
    /// The name of its table, as it is written.
    pub(crate) table_name: Option<&'a str>,
    /// Its table, where it is known.
    pub(crate) table: Option<&'a TableSchema>,
    /// Where it is in the body: `TransactItems[0].Put`; nothing for the whole.
    pub(crate) path: String,
}

impl<'a> Site<'a> {
    /// Its expressions, with the names of their members.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = (&'static str, &'a StringLit<'a>)> {
        let object = self.object;
        EXPRESSIONS.iter().filter_map(|name| Some((*name, object.get_string(name)?)))
    }

    /// The path of a member.
    pub(crate) fn member(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// All sites of a body.
pub(crate) fn sites<'a>(root: &'a Value<'a>, tables: &'a Tables) -> Vec<Site<'a>> {
    let mut sites = Vec::new();
    collect(root, (None, String::new()), tables, &mut sites);
    sites
}

fn collect<'a>(
    value: &'a Value<'a>,
    (table, path): (Option<&'a str>, String),
    tables: &'a Tables,
    sites: &mut Vec<Site<'a>>,
) {
    match value {
        Value::Object(object) => {
            let named = object.get_string("TableName").map(|name| &*name.value).or(table);
            let known = named.and_then(|name| tables.get(table_name(name))).map(|table| &**table);
            sites.push(Site { object, table_name: named, table: known, path: path.clone() });
            for member in &object.properties {
                let name = member.name.as_str();
                if USER_DATA.contains(&name) {
                    continue;
                }
                // What a batch has for each table stands under its name.
                let table = if path == "RequestItems" { Some(name) } else { named };
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                collect(&member.value, (table, path), tables, sites);
            }
        }
        Value::Array(array) => {
            for (index, element) in array.elements.iter().enumerate() {
                collect(element, (table, format!("{path}[{index}]")), tables, sites);
            }
        }
        Value::StringLit(_)
        | Value::NumberLit(_)
        | Value::BooleanLit(_)
        | Value::NullKeyword(_) => {}
    }
}

/// The names of all tables that a body is about, as it writes them, each once.
pub(crate) fn tables_named(root: &Value<'_>) -> Vec<String> {
    const MEMBERS: &[&str] = &["TableName", "GlobalTableName", "SourceTableName"];
    const ARNS: &[&str] = &["BackupArn", "ResourceArn", "SourceTableArn", "StreamArn"];
    let no_tables = Tables::new();
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = table_name(name).to_owned();
        if !name.is_empty() && !name.starts_with("arn:") && !names.contains(&name) {
            names.push(name);
        }
    };
    for site in sites(root, &no_tables) {
        let members = MEMBERS.iter().chain(ARNS);
        let texts = members.filter_map(|member| site.object.get_string(member));
        site.table_name.into_iter().chain(texts.map(|text| &*text.value)).for_each(&mut add);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Leniency, parse};

    #[test]
    fn tables_are_found_wherever_they_are_named() {
        #[track_caller]
        fn check(body: &str, expected: &[&str]) {
            let tree = parse(body, Leniency::Written).unwrap().unwrap();
            assert_eq!(tables_named(&tree), expected, "{body}");
        }
        check(r#"{"TableName": "users", "Item": {"TableName": "no"}}"#, &["users"]);
        check(r#"{"RequestItems": {"a": {"Keys": []}, "b": [{"PutRequest": {}}]}}"#, &["a", "b"]);
        check(
            r#"{"TransactItems": [{"Put": {"TableName": "a"}}, {"Get": {"TableName": "b"}}]}"#,
            &["a", "b"],
        );
        check(
            r#"{"BackupArn": "arn:aws:dynamodb:us-east-2:123456789012:table/users"}"#,
            &["users"],
        );
        check("{}", &[]);
    }
}
