//! Reading attribute values: as a parameter, with the faults that only they have.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::error::{Error, TypeError, ValueError};
use crate::json::Json;
use crate::limit::{ATTRIBUTE_NAME_BYTES_MAX, NESTING_MAX};
use crate::number::{Number, NumberError};
use crate::parameter::{self, Faults, Parameter, Path};
use crate::value::{AttributeValue, Item, ValueType};

/// The most characters of a set that a message repeats.
const ECHO_CHARACTERS_MAX: usize = 2048;

/// Why something is no value: its JSON has a wrong type, or what it says is no value.
enum Fault {
    Type(TypeError),
    Value(ValueError),
}

impl From<TypeError> for Fault {
    fn from(error: TypeError) -> Self {
        Self::Type(error)
    }
}

impl From<ValueError> for Fault {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl<E: From<Error>> Parameter<E> for AttributeValue {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<E>) -> Self {
        sound(read_value(json, NESTING_MAX), faults, Error::Value).unwrap_or(Self::Null)
    }

    fn placeholder() -> Self {
        Self::Null
    }
}

impl<E: From<Error>> Parameter<E> for Item {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let entries = sound(read_entries(json, NESTING_MAX), faults, Error::Value);
        Self(entries.unwrap_or_default())
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

/// A starting key: an item whose faults are told as those of a starting key.
pub struct StartKey(pub Item);

impl<E: From<Error>> Parameter<E> for StartKey {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let entries = sound(read_entries(json, NESTING_MAX), faults, Error::StartKeyValue);
        Self(Item(entries.unwrap_or_default()))
    }

    fn placeholder() -> Self {
        Self(Item::default())
    }
}

/// The values that expressions name: told with the name where one has a fault.
#[derive(Debug, Clone, Default)]
pub struct ExpressionValues(pub BTreeMap<String, AttributeValue>);

impl<E: From<Error>> Parameter<E> for ExpressionValues {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let members = match parameter::map(json) {
            Ok(object) => object.members(),
            Err(error) => {
                faults.wrong_type(error);
                return Self::default();
            }
        };
        let mut values = BTreeMap::new();
        for (key, json) in members {
            // One level deeper than any may be is still read: a condition check allows it.
            let value = read_value(json, NESTING_MAX + 1);
            let shown = || parameter::short(key.to_owned());
            let error = |error| Error::ExpressionValue { key: shown(), error };
            let value = sound(value, faults, error).unwrap_or(AttributeValue::Null);
            values.insert(key.to_owned(), value);
        }
        Self(values)
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

/// The value, or its fault noted.
fn sound<T, E: From<Error>>(
    result: Result<T, Fault>,
    faults: &mut Faults<E>,
    error: impl FnOnce(ValueError) -> Error,
) -> Option<T> {
    match result {
        Ok(value) => return Some(value),
        Err(Fault::Type(fault)) => faults.wrong_type(fault),
        Err(Fault::Value(fault)) => faults.refuse(error(fault)),
    }
    None
}

/// A value with at most so many levels of maps and lists.
fn read_value(json: &Json<'_>, levels_left: usize) -> Result<AttributeValue, Fault> {
    let object = match json {
        Json::Object(object) => object,
        Json::Array(_) => {
            let class = "class com.amazonaws.dynamodb.v20120810.AttributeValue";
            return Err(TypeError::Array(class).into());
        }
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Decimal(_) | Json::String(_) => {
            return Err(TypeError::Element.into());
        }
    };
    let mut value = None;
    for (name, member) in object.members() {
        let Some(kind) = ValueType::named(name) else { continue };
        if value.replace(read_typed(kind, member, levels_left)?).is_some() {
            return Err(ValueError::Several.into());
        }
    }
    value.ok_or(Fault::Value(ValueError::Empty))
}

fn read_typed(
    kind: ValueType,
    json: &Json<'_>,
    levels_left: usize,
) -> Result<AttributeValue, Fault> {
    Ok(match kind {
        ValueType::S => AttributeValue::S(parameter::text(json)?.to_owned()),
        ValueType::N => AttributeValue::N(number(parameter::text(json)?)?),
        ValueType::B => AttributeValue::B(bytes(json)?),
        ValueType::Bool => AttributeValue::Bool(parameter::boolean(json)?),
        ValueType::Null if parameter::boolean(json)? => AttributeValue::Null,
        ValueType::Null => return Err(ValueError::NullIsFalse.into()),
        ValueType::Ss => {
            let texts = parameter::list(json)?.iter().map(parameter::text);
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            AttributeValue::Ss(set(
                kind,
                &texts.into_iter().map(str::to_owned).collect::<Vec<_>>(),
            )?)
        }
        ValueType::Ns => {
            let texts = parameter::list(json)?.iter().map(parameter::text);
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            let numbers = texts.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
            AttributeValue::Ns(set(kind, &numbers)?)
        }
        ValueType::Bs => {
            let members = parameter::list(json)?.iter().map(bytes);
            AttributeValue::Bs(set(kind, &members.collect::<Result<Vec<_>, _>>()?)?)
        }
        ValueType::L => {
            let elements = parameter::list(json)?;
            let levels_left = deeper(levels_left)?;
            let elements = elements.iter().map(|element| read_value(element, levels_left));
            AttributeValue::L(elements.collect::<Result<_, _>>()?)
        }
        ValueType::M => AttributeValue::M(read_entries(json, deeper(levels_left)?)?),
    })
}

fn read_entries(
    json: &Json<'_>,
    levels_left: usize,
) -> Result<BTreeMap<String, AttributeValue>, Fault> {
    let mut entries = BTreeMap::new();
    for (name, member) in parameter::map(json)?.members() {
        let value = read_value(member, levels_left)?;
        if name.is_empty() {
            return Err(ValueError::EmptyName.into());
        }
        if name.len() > ATTRIBUTE_NAME_BYTES_MAX {
            return Err(ValueError::LongName.into());
        }
        entries.insert(name.to_owned(), value);
    }
    Ok(entries)
}

fn deeper(levels_left: usize) -> Result<usize, ValueError> {
    levels_left.checked_sub(1).ok_or(ValueError::TooDeep)
}

fn number(text: &str) -> Result<Number, ValueError> {
    text.parse().map_err(|error| match error {
        NumberError::NotANumber => {
            ValueError::NotANumber(text.chars().take(ECHO_CHARACTERS_MAX).collect())
        }
        NumberError::Overflow | NumberError::Underflow | NumberError::TooManyDigits => {
            ValueError::Number(error)
        }
    })
}

fn bytes(json: &Json<'_>) -> Result<Vec<u8>, TypeError> {
    let text = match json {
        Json::String(text) => text,
        Json::Array(_) => return Err(TypeError::Array("class java.nio.ByteBuffer")),
        Json::Object(_) => return Err(TypeError::Object),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Decimal(_) => {
            return Err(TypeError::Bytes);
        }
    };
    if !text.len().is_multiple_of(4) {
        return Err(TypeError::Base64Length(text.len()));
    }
    BASE64.decode(text.as_bytes()).map_err(|_| TypeError::Base64)
}

/// A member of a set, as a message shows it.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for String {
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Shown for Number {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for Vec<u8> {
    fn shown(&self) -> String {
        BASE64.encode(self)
    }
}

fn set<T: Ord + Shown + Clone>(kind: ValueType, members: &[T]) -> Result<BTreeSet<T>, ValueError> {
    if members.is_empty() {
        return Err(ValueError::EmptySet(kind));
    }
    let set: BTreeSet<T> = members.iter().cloned().collect();
    if set.len() == members.len() {
        return Ok(set);
    }
    if kind == ValueType::Ns {
        return Err(ValueError::DuplicateNumbers);
    }
    let shown: Vec<_> = members.iter().take(ECHO_CHARACTERS_MAX / 2).map(Shown::shown).collect();
    let list: String = shown.join(", ").chars().take(ECHO_CHARACTERS_MAX).collect();
    Err(ValueError::Duplicates(format!("[{list}]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Result<&str, &str>) {
        let json = Json::parse(json.as_bytes()).unwrap();
        let mut faults = Faults::<Error>::none();
        let value = AttributeValue::read(&json, &Path::Root, &mut faults);
        let result = faults.into_result().map(|()| serde_json::to_string(&value).unwrap());
        let result = result.map_err(|error| error.to_string());
        assert_eq!(result.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn a_value_is_read_as_it_was_sent() {
        for json in [
            r#"{"S":""}"#,
            r#"{"N":"-1.5"}"#,
            r#"{"B":"AA=="}"#,
            r#"{"BOOL":true}"#,
            r#"{"NULL":true}"#,
            r#"{"SS":["","a"]}"#,
            r#"{"L":[{"M":{}},{"L":[]}]}"#,
        ] {
            check(json, Ok(json));
        }
        check(r#"{"BOOL":"Yes"}"#, Ok(r#"{"BOOL":true}"#));
        check(r#"{"N":"+1e2"}"#, Ok(r#"{"N":"100"}"#));
        check(r#"{"S":"a","N":null}"#, Ok(r#"{"S":"a"}"#));
    }

    #[test]
    fn a_wrong_json_type_is_told_as_the_service_tells_it() {
        check(r#"{"N":123}"#, Err("NUMBER_VALUE cannot be converted to String"));
        check(r#"{"S":1.5}"#, Err("DECIMAL_VALUE cannot be converted to String"));
        check(r#"{"S":true}"#, Err("TRUE_VALUE cannot be converted to String"));
        check(r#"{"S":{}}"#, Err("Start of structure or map found where not expected"));
        check(r#"{"S":[]}"#, Err("Unrecognized collection type class java.lang.String"));
        check(r#"{"BOOL":"maybe"}"#, Err("Unexpected token received from parser"));
        check(r#""text""#, Err("Unexpected value type in payload"));
        check(
            r#"{"B":"AAA"}"#,
            Err("Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        );
        check(r#"{"B":"A?=="}"#, Err("Invalid last non-pad Base64 character dectected"));
    }

    #[test]
    fn what_is_no_value_is_told_as_the_service_tells_it() {
        let invalid = "One or more parameter values were invalid: ";
        check("{}", Err(&ValueError::Empty.to_string()));
        check(r#"{"X":"a"}"#, Err(&ValueError::Empty.to_string()));
        check(r#"{"S":"a","N":"1"}"#, Err(&ValueError::Several.to_string()));
        check(r#"{"NULL":false}"#, Err(&ValueError::NullIsFalse.to_string()));
        check(r#"{"SS":[]}"#, Err(&format!("{invalid}An string set  may not be empty")));
        check(r#"{"NS":[]}"#, Err(&format!("{invalid}An number set  may not be empty")));
        check(r#"{"BS":[]}"#, Err(&format!("{invalid}Binary sets should not be empty")));
        check(
            r#"{"SS":["a","a"]}"#,
            Err(&format!("{invalid}Input collection [a, a] contains duplicates.")),
        );
        check(r#"{"NS":["1","1.0"]}"#, Err("Input collection contains duplicates"));
        check(r#"{"N":"x"}"#, Err("The parameter cannot be converted to a numeric value: x"));
        check(r#"{"M":{"":{"S":""}}}"#, Err(&ValueError::EmptyName.to_string()));
    }

    #[test]
    fn maps_and_lists_may_be_31_levels_deep_and_not_32() {
        let nested =
            |levels| format!(r#"{}{{"S":"a"}}{}"#, r#"{"L":["#.repeat(levels), "]}".repeat(levels));
        check(&nested(31), Ok(&nested(31)));
        check(&nested(32), Err("Nesting Levels have exceeded supported limits"));
        check(&nested(100), Err("Nesting Levels have exceeded supported limits"));
    }
}
