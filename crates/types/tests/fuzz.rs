//! Hostile bytes where a request is read.

use std::str::FromStr as _;

use pixii_types::json::Json;
use pixii_types::name::{TableArn, TableReference};
use pixii_types::parameter::{Faults, Parameter, Path};
use pixii_types::{AttributeValue, Error, Item, Number};

/// What a parameter of a type says of a JSON value.
fn read<T: Parameter<Error>>(json: &Json<'_>) -> Result<T, Error> {
    let mut faults = Faults::none();
    let value = T::read(json, &Path::Root, &mut faults);
    faults.into_result().map(|()| value)
}

/// No refusal repeats much of what it refuses.
fn assert_short(error: &Error) {
    assert!(error.to_string().len() < 100_000, "{} bytes", error.to_string().len());
}

#[test]
fn bytes_are_json_or_refused() {
    fuzz::target("json", 20_000, |bytes| {
        if let Ok(json) = Json::parse(bytes) {
            assert!(std::str::from_utf8(bytes).is_ok());
            let copy = json.clone();
            if let Json::Object(object) = &json {
                let found: Vec<_> = object.members().map(|(name, _)| name).take(100).collect();
                drop(found.into_iter().map(|name| object.get(name)).collect::<Vec<_>>());
            }
            drop((json, copy));
        }
    });
}

#[test]
fn text_is_a_number_or_refused() {
    fuzz::target("number", 50_000, |bytes| {
        if let Ok(number) = Number::from_str(&String::from_utf8_lossy(bytes)) {
            let plain = number.to_string();
            assert_eq!(plain.parse(), Ok(number));
            assert!(plain.len() <= 170, "{plain}");
            let mut encoded = Vec::new();
            number.encode(&mut encoded);
            assert!(encoded.len() <= 23);
            assert_eq!(Number::decode(&encoded), Some(number));
            assert!((1..=22).contains(&number.size()));
            let _ = number.plus(number).map(|sum| assert_eq!(sum.minus(number), Ok(number)));
        }
        if let Some(number) = Number::decode(bytes) {
            let mut encoded = Vec::new();
            number.encode(&mut encoded);
            assert_eq!(encoded, bytes);
        }
    });
}

#[test]
fn json_is_an_attribute_value_or_refused() {
    fuzz::target("attribute_value", 20_000, |bytes| {
        let Ok(json) = Json::parse(bytes) else { return };
        match read::<AttributeValue>(&json) {
            Ok(value) => {
                let text = serde_json::to_string(&value).unwrap();
                let again = read::<AttributeValue>(&Json::parse(text.as_bytes()).unwrap());
                assert_eq!(again, Ok(value));
            }
            Err(error) => assert_short(&error),
        }
        match read::<Item>(&json) {
            Ok(item) => {
                let text = serde_json::to_string(&item).unwrap();
                assert_eq!(read::<Item>(&Json::parse(text.as_bytes()).unwrap()), Ok(item));
            }
            Err(error) => assert_short(&error),
        }
    });
}

#[test]
fn text_is_the_name_of_a_table_or_refused() {
    fuzz::target("name", 20_000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Some((arn, _)) = TableArn::parse(&text) {
            let (again, _) = TableArn::parse(&arn.to_string()).unwrap();
            assert_eq!(again.to_string(), arn.to_string());
        }
        match read::<TableReference>(&Json::String(text)) {
            Ok(table) => assert!(table.name().as_str().len() <= 255),
            Err(error) => assert_short(&error),
        }
    });
}
