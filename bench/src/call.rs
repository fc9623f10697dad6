//! Calls of the API: what each operation of a workload asks, and what it should be answered.
//!
//! Bodies are written as text: the names and values in them need no escapes.

use crate::item::{ItemNumber, Items, partition_text};
use crate::random::Random;

/// One operation with its parameters.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    /// JSON.
    pub(crate) body: String,
    pub(crate) expected: Expected,
}

/// What the reply should say, apart from the status 200.
#[derive(Debug, PartialEq)]
pub(crate) enum Expected {
    /// Nothing in particular.
    Success,
    /// The item with these two key attributes. Servers are free in the order of attributes.
    Item { partition: String, sort: String },
    /// This many items, all there are.
    Count(u64),
    /// A page of items, which is empty at most at the end of the table.
    Page,
    /// This many items, and no keys left over.
    Batch(usize),
    /// No items left over.
    AllWritten,
}

/// Writes calls to one table.
pub(crate) struct Calls<'a> {
    pub(crate) table: &'a str,
    pub(crate) items: Items,
}

impl Calls<'_> {
    pub(crate) fn create_table(&self) -> Call {
        let parameters = r#""BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]"#;
        self.call("CreateTable", parameters, Expected::Success)
    }

    pub(crate) fn delete_table(&self) -> Call {
        Call {
            operation: "DeleteTable",
            body: format!(r#"{{"TableName":"{}"}}"#, self.table),
            expected: Expected::Success,
        }
    }

    pub(crate) fn describe_table(&self) -> Call {
        Call { operation: "DescribeTable", ..self.delete_table() }
    }

    pub(crate) fn put(&self, item: ItemNumber, random: &mut Random) -> Call {
        let parameters = format!(r#""Item":{}"#, self.items.item(item, random));
        self.call("PutItem", &parameters, Expected::Success)
    }

    pub(crate) fn conditional_put(&self, item: ItemNumber, random: &mut Random) -> Call {
        let item = self.items.item(item, random);
        let parameters = format!(r#""Item":{item},"ConditionExpression":"attribute_exists(pk)""#);
        self.call("PutItem", &parameters, Expected::Success)
    }

    pub(crate) fn get(&self, item: ItemNumber) -> Call {
        let parameters = format!(r#""Key":{}"#, item.key());
        let expected =
            Expected::Item { partition: item.partition_attribute(), sort: item.sort_attribute() };
        self.call("GetItem", &parameters, expected)
    }

    /// Adds one to the item's counter.
    pub(crate) fn update(&self, item: ItemNumber) -> Call {
        let parameters = format!(
            r##""Key":{},"UpdateExpression":"SET #c = #c + :one","ExpressionAttributeNames":{{"#c":"count"}},"ExpressionAttributeValues":{{":one":{{"N":"1"}}}}"##,
            item.key()
        );
        self.call("UpdateItem", &parameters, Expected::Success)
    }

    /// Reads a partition, which holds `count` items.
    pub(crate) fn query(&self, partition: u64, count: u64) -> Call {
        let parameters = format!(
            r#""KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{{":pk":{{"S":"{}"}}}}"#,
            partition_text(partition)
        );
        self.call("Query", &parameters, Expected::Count(count))
    }

    /// Reads the page that follows an item.
    pub(crate) fn scan(&self, after: ItemNumber) -> Call {
        let parameters = format!(r#""ExclusiveStartKey":{}"#, after.key());
        self.call("Scan", &parameters, Expected::Page)
    }

    pub(crate) fn batch_get(&self, items: &[ItemNumber]) -> Call {
        let keys: Vec<String> = items.iter().map(|item| item.key()).collect();
        Call {
            operation: "BatchGetItem",
            body: format!(
                r#"{{"RequestItems":{{"{}":{{"Keys":[{}]}}}}}}"#,
                self.table,
                keys.join(",")
            ),
            expected: Expected::Batch(items.len()),
        }
    }

    pub(crate) fn batch_write(&self, items: &[ItemNumber], random: &mut Random) -> Call {
        let puts: Vec<String> = items
            .iter()
            .map(|item| {
                format!(r#"{{"PutRequest":{{"Item":{}}}}}"#, self.items.item(*item, random))
            })
            .collect();
        Call {
            operation: "BatchWriteItem",
            body: format!(r#"{{"RequestItems":{{"{}":[{}]}}}}"#, self.table, puts.join(",")),
            expected: Expected::AllWritten,
        }
    }

    /// Without a token, as the same request is sent more than once and should be done each time.
    pub(crate) fn transaction(&self, items: &[ItemNumber], random: &mut Random) -> Call {
        let puts: Vec<String> = items
            .iter()
            .map(|item| {
                let item = self.items.item(*item, random);
                format!(r#"{{"Put":{{"TableName":"{}","Item":{item}}}}}"#, self.table)
            })
            .collect();
        Call {
            operation: "TransactWriteItems",
            body: format!(r#"{{"TransactItems":[{}]}}"#, puts.join(",")),
            expected: Expected::Success,
        }
    }

    fn call(&self, operation: &'static str, parameters: &str, expected: Expected) -> Call {
        let body = format!(r#"{{"TableName":"{}",{parameters}}}"#, self.table);
        Call { operation, body, expected }
    }
}

/// Asks nothing but an answer.
pub(crate) fn list_tables() -> Call {
    Call { operation: "ListTables", body: "{}".to_owned(), expected: Expected::Success }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_is_json() {
        let calls = Calls { table: "bench", items: Items { count: 100, bytes: 200 } };
        let (one, two) = (ItemNumber(0), ItemNumber(99));
        let random = &mut Random::new(1);
        let all = [
            calls.create_table(),
            calls.delete_table(),
            calls.describe_table(),
            calls.put(one, random),
            calls.conditional_put(one, random),
            calls.get(one),
            calls.update(one),
            calls.query(3, 25),
            calls.scan(two),
            calls.batch_get(&[one, two]),
            calls.batch_write(&[one, two], random),
            calls.transaction(&[one, two], random),
            list_tables(),
        ];
        for call in all {
            let body: Result<serde_json::Value, _> = serde_json::from_str(&call.body);
            assert!(body.is_ok_and(|body| body.is_object()), "{}", call.body);
        }
    }

    #[test]
    fn a_get_names_the_item_it_expects() {
        let calls = Calls { table: "bench", items: Items { count: 100, bytes: 200 } };
        let call = calls.get(ItemNumber(57));
        assert_eq!(
            call.body,
            r#"{"TableName":"bench","Key":{"pk":{"S":"p00000002"},"sk":{"N":"7"}}}"#
        );
        let expected = Expected::Item {
            partition: r#""pk":{"S":"p00000002"}"#.to_owned(),
            sort: r#""sk":{"N":"7"}"#.to_owned(),
        };
        assert_eq!(call.expected, expected);
    }
}
