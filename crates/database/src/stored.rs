//! An item as it is stored: compact bytes that can be asked for an attribute, cut down to some
//! attributes and written as JSON without a tree being built first.
//!
//! `docs/format/item.md` draws every byte. Attributes are in the order of their names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use types::limit::NESTING_MAX;
use types::value::{Base64, Shown};
use types::{AttributeValue, Attributes, Item, Number};

use crate::error::Damaged;

/// The format's version, the first byte.
const VERSION: u8 = 1;
/// No flags are set yet; one that is says that more bytes follow than this version knows.
const FLAGS: u8 = 0;

const S: u8 = 1;
const N: u8 = 2;
const B: u8 = 3;
const FALSE: u8 = 4;
const TRUE: u8 = 5;
const NULL: u8 = 6;
const SS: u8 = 7;
const NS: u8 = 8;
const BS: u8 = 9;
const L: u8 = 10;
const M: u8 = 11;

/// An item's bytes. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    bytes: Bytes,
    /// The item's size as the service counts it.
    size: usize,
    /// Where the attributes begin.
    start: usize,
}

impl Stored {
    /// The bytes of an item.
    pub(crate) fn encode(item: &Item) -> Self {
        let mut bytes = Vec::with_capacity(item.size() + item.0.len() * 4 + 8);
        put_entries(&mut bytes, &item.0);
        Self::with_header(&bytes, item.size())
    }

    /// Reads what was stored.
    pub(crate) fn decode(bytes: Bytes) -> Result<Self, Damaged> {
        let mut reader = Reader::new(&bytes);
        if reader.byte()? != VERSION || reader.byte()? != FLAGS {
            return Err(Damaged("item"));
        }
        let size = reader.length()?;
        let start = bytes.len() - reader.bytes.len();
        Ok(Self { bytes, size, start })
    }

    /// What is stored.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The item's size as the service counts it, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The item as a tree.
    pub(crate) fn item(&self) -> Result<Item, Damaged> {
        let mut reader = self.attributes();
        let entries = reader.entries()?;
        reader.end(Item(entries))
    }

    /// The top-level attribute's value.
    pub(crate) fn get(&self, name: &str) -> Result<Option<AttributeValue>, Damaged> {
        let mut reader = self.attributes();
        for _ in 0..reader.length()? {
            let found = reader.slice()?;
            if found == name.as_bytes() {
                return reader.value().map(Some);
            }
            reader.skip()?;
        }
        Ok(None)
    }

    /// The item with only those attributes for which `is_kept` holds.
    pub(crate) fn only(&self, is_kept: impl Fn(&str) -> bool) -> Result<Self, Damaged> {
        let mut reader = self.attributes();
        let (mut count, mut size, mut kept) = (0, 0, Vec::new());
        for _ in 0..reader.length()? {
            let before = reader.bytes;
            let name = reader.text()?;
            let at_value = reader;
            reader.skip()?;
            if is_kept(name) {
                count += 1;
                size += name.len() + { at_value }.value()?.size();
                let length = before.len() - reader.bytes.len();
                kept.extend_from_slice(before.get(..length).ok_or(Damaged("item"))?);
            }
        }
        let mut bytes = Vec::with_capacity(kept.len() + 2);
        put_length(&mut bytes, count);
        bytes.extend_from_slice(&kept);
        Ok(Self::with_header(&bytes, size))
    }

    fn with_header(attributes: &[u8], size: usize) -> Self {
        let mut bytes = Vec::with_capacity(attributes.len() + 6);
        bytes.extend_from_slice(&[VERSION, FLAGS]);
        put_length(&mut bytes, size);
        let start = bytes.len();
        bytes.extend_from_slice(attributes);
        Self { bytes: bytes.into(), size, start }
    }

    fn attributes(&self) -> Reader<'_> {
        Reader::new(self.bytes.get(self.start..).unwrap_or_default())
    }
}

impl Attributes for Stored {
    /// Damage reads as an absent attribute: the same bytes are decoded whole before anything
    /// is written or answered, and there it is an error.
    fn attribute(&self, name: &str) -> Option<Cow<'_, AttributeValue>> {
        self.get(name).ok().flatten().map(Cow::Owned)
    }
}

impl Serialize for Stored {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serialize_entries(self.attributes(), serializer)
    }
}

fn put_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "the low seven bits are wanted")]
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).expect("seven bits are left"));
}

fn put_slice(bytes: &mut Vec<u8>, slice: &[u8]) {
    put_length(bytes, slice.len());
    bytes.extend_from_slice(slice);
}

fn put_number(bytes: &mut Vec<u8>, number: Number) {
    let at = bytes.len();
    bytes.push(0);
    number.encode(bytes);
    let length = u8::try_from(bytes.len() - at - 1).expect("a number has at most 23 bytes");
    *bytes.get_mut(at).expect("it was pushed") = length;
}

/// Writes something with its length before it.
fn put_sized(bytes: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    put(&mut inner);
    put_slice(bytes, &inner);
}

fn put_entries(bytes: &mut Vec<u8>, entries: &BTreeMap<String, AttributeValue>) {
    put_length(bytes, entries.len());
    for (name, value) in entries {
        put_slice(bytes, name.as_bytes());
        put_value(bytes, value);
    }
}

fn put_value(bytes: &mut Vec<u8>, value: &AttributeValue) {
    let set = |bytes: &mut Vec<u8>, tag, count, put: &dyn Fn(&mut Vec<u8>)| {
        bytes.push(tag);
        put_sized(bytes, |bytes| {
            put_length(bytes, count);
            put(bytes);
        });
    };
    match value {
        AttributeValue::S(text) => {
            bytes.push(S);
            put_slice(bytes, text.as_bytes());
        }
        AttributeValue::N(number) => {
            bytes.push(N);
            put_number(bytes, *number);
        }
        AttributeValue::B(value) => {
            bytes.push(B);
            put_slice(bytes, value);
        }
        AttributeValue::Bool(value) => bytes.push(if *value { TRUE } else { FALSE }),
        AttributeValue::Null => bytes.push(NULL),
        AttributeValue::Ss(members) => set(bytes, SS, members.len(), &|bytes| {
            for member in members {
                put_slice(bytes, member.as_bytes());
            }
        }),
        AttributeValue::Ns(members) => set(bytes, NS, members.len(), &|bytes| {
            for member in members {
                put_number(bytes, *member);
            }
        }),
        AttributeValue::Bs(members) => set(bytes, BS, members.len(), &|bytes| {
            for member in members {
                put_slice(bytes, member);
            }
        }),
        AttributeValue::L(elements) => set(bytes, L, elements.len(), &|bytes| {
            for element in elements {
                put_value(bytes, element);
            }
        }),
        AttributeValue::M(entries) => {
            bytes.push(M);
            put_sized(bytes, |bytes| put_entries(bytes, entries));
        }
    }
}

/// Reads from the front of some bytes.
#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    /// Levels of maps and lists that there may still be: bytes that say there are more were not
    /// written by us, and would overflow the stack.
    levels_left: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, levels_left: NESTING_MAX }
    }

    fn byte(&mut self) -> Result<u8, Damaged> {
        let (&byte, rest) = self.bytes.split_first().ok_or(Damaged("item"))?;
        self.bytes = rest;
        Ok(byte)
    }

    fn length(&mut self) -> Result<usize, Damaged> {
        let mut length = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(length);
            }
        }
        Err(Damaged("item"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (slice, rest) = self.bytes.split_at_checked(length).ok_or(Damaged("item"))?;
        self.bytes = rest;
        Ok(slice)
    }

    fn slice(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.length()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<&'a str, Damaged> {
        std::str::from_utf8(self.slice()?).map_err(|_| Damaged("item"))
    }

    fn number(&mut self) -> Result<Number, Damaged> {
        let length = self.byte()?;
        Number::decode(self.take(length.into())?).ok_or(Damaged("item"))
    }

    fn skip(&mut self) -> Result<(), Damaged> {
        match self.byte()? {
            FALSE | TRUE | NULL => Ok(()),
            N => {
                let length = self.byte()?;
                self.take(length.into()).map(drop)
            }
            S | B | SS | NS | BS | L | M => self.slice().map(drop),
            _ => Err(Damaged("item")),
        }
    }

    /// What was read, if nothing is left.
    fn end<T>(self, value: T) -> Result<T, Damaged> {
        if self.bytes.is_empty() { Ok(value) } else { Err(Damaged("item")) }
    }

    fn entries(&mut self) -> Result<BTreeMap<String, AttributeValue>, Damaged> {
        (0..self.length()?).map(|_| Ok((self.text()?.to_owned(), self.value()?))).collect()
    }

    /// What a set is made of.
    fn members(&mut self) -> Result<Self, Damaged> {
        Ok(Self { bytes: self.slice()?, levels_left: self.levels_left })
    }

    /// What a list or a map is made of: a level deeper.
    fn elements(&mut self) -> Result<Self, Damaged> {
        let levels_left = self.levels_left.checked_sub(1).ok_or(Damaged("item"))?;
        Ok(Self { bytes: self.slice()?, levels_left })
    }

    /// The members of a set or the elements of a list, read by a function.
    fn all<T, C: FromIterator<T>>(
        mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Damaged>,
    ) -> Result<C, Damaged> {
        let all = (0..self.length()?).map(|_| read(&mut self)).collect::<Result<C, _>>()?;
        self.end(all)
    }

    fn value(&mut self) -> Result<AttributeValue, Damaged> {
        Ok(match self.byte()? {
            S => AttributeValue::S(self.text()?.to_owned()),
            N => AttributeValue::N(self.number()?),
            B => AttributeValue::B(self.slice()?.to_vec()),
            FALSE => AttributeValue::Bool(false),
            TRUE => AttributeValue::Bool(true),
            NULL => AttributeValue::Null,
            SS => AttributeValue::Ss(self.members()?.all(|inner| inner.text().map(str::to_owned))?),
            NS => AttributeValue::Ns(self.members()?.all(Self::number)?),
            BS => {
                AttributeValue::Bs(self.members()?.all(|inner| inner.slice().map(<[u8]>::to_vec))?)
            }
            L => AttributeValue::L(self.elements()?.all(Self::value)?),
            M => {
                let mut inner = self.elements()?;
                let entries = inner.entries()?;
                inner.end(AttributeValue::M(entries))?
            }
            _ => return Err(Damaged("item")),
        })
    }
}

/// A value's bytes, as JSON.
struct Value<'a>(Reader<'a>);

/// The bytes of a map's entries, as JSON.
struct Entries<'a>(Reader<'a>);

/// The bytes of a set or list, and how to read one of it.
struct All<'a, F>(Reader<'a>, F);

fn serialize_entries<Z: Serializer>(
    mut reader: Reader<'_>,
    serializer: Z,
) -> Result<Z::Ok, Z::Error> {
    let count = reader.length().map_err(Z::Error::custom)?;
    let mut map = serializer.serialize_map(Some(count))?;
    for _ in 0..count {
        map.serialize_key(reader.text().map_err(Z::Error::custom)?)?;
        map.serialize_value(&read_value(&mut reader).map_err(Z::Error::custom)?)?;
    }
    map.end()
}

impl Serialize for Entries<'_> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serialize_entries(self.0, serializer)
    }
}

impl<'a, T: Serialize, F: Fn(&mut Reader<'a>) -> Result<T, Damaged>> Serialize for All<'a, F> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let mut reader = self.0;
        let count = reader.length().map_err(Z::Error::custom)?;
        let mut sequence = serializer.serialize_seq(Some(count))?;
        for _ in 0..count {
            sequence.serialize_element(&(self.1)(&mut reader).map_err(Z::Error::custom)?)?;
        }
        sequence.end()
    }
}

impl Serialize for Value<'_> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let mut reader = self.0;
        let damaged = Z::Error::custom::<Damaged>;
        let tag = reader.byte().map_err(damaged)?;
        let mut map = serializer.serialize_map(Some(1))?;
        match tag {
            S => map.serialize_entry("S", reader.text().map_err(damaged)?)?,
            N => map.serialize_entry("N", &Shown(&reader.number().map_err(damaged)?))?,
            B => map.serialize_entry("B", &Base64(reader.slice().map_err(damaged)?))?,
            FALSE => map.serialize_entry("BOOL", &false)?,
            TRUE => map.serialize_entry("BOOL", &true)?,
            NULL => map.serialize_entry("NULL", &true)?,
            SS => {
                let inner = reader.members().map_err(damaged)?;
                map.serialize_entry(
                    "SS",
                    &All(inner, |reader: &mut Reader<'_>| reader.text().map(str::to_owned)),
                )?;
            }
            NS => {
                let inner = reader.members().map_err(damaged)?;
                let read =
                    |reader: &mut Reader<'_>| reader.number().map(|number| number.to_string());
                map.serialize_entry("NS", &All(inner, read))?;
            }
            BS => {
                let inner = reader.members().map_err(damaged)?;
                map.serialize_entry("BS", &All(inner, read_base64))?;
            }
            L => {
                let inner = reader.elements().map_err(damaged)?;
                map.serialize_entry("L", &All(inner, read_value))?;
            }
            M => map.serialize_entry("M", &Entries(reader.elements().map_err(damaged)?))?,
            _ => return Err(damaged(Damaged("item"))),
        }
        map.end()
    }
}

fn read_base64<'a>(reader: &mut Reader<'a>) -> Result<Base64<'a>, Damaged> {
    reader.slice().map(Base64)
}

fn read_value<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>, Damaged> {
    let before = reader.bytes;
    reader.skip()?;
    let bytes = before.get(..before.len() - reader.bytes.len()).ok_or(Damaged("item"))?;
    Ok(Value(Reader { bytes, ..*reader }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = AttributeValue> {
        let number = any::<i64>().prop_map(|value| value.to_string().parse::<Number>().unwrap());
        let leaf = prop_oneof![
            ".{0,8}".prop_map(AttributeValue::S),
            number.clone().prop_map(AttributeValue::N),
            any::<Vec<u8>>().prop_map(AttributeValue::B),
            any::<bool>().prop_map(AttributeValue::Bool),
            Just(AttributeValue::Null),
            prop::collection::btree_set(".{0,4}", 1..4).prop_map(AttributeValue::Ss),
            prop::collection::btree_set(number, 1..4).prop_map(AttributeValue::Ns),
            prop::collection::btree_set(any::<Vec<u8>>(), 1..4).prop_map(AttributeValue::Bs),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
                prop::collection::btree_map(".{1,4}", inner, 0..4).prop_map(AttributeValue::M),
            ]
        })
    }

    fn items() -> impl Strategy<Value = Item> {
        prop::collection::btree_map(".{1,6}", values(), 0..6).prop_map(Item)
    }

    proptest! {
        #[test]
        fn an_item_comes_back_as_it_was_stored(item in items()) {
            let stored = Stored::decode(Stored::encode(&item).bytes().clone()).unwrap();
            prop_assert_eq!(stored.size(), item.size());
            prop_assert_eq!(stored.item().unwrap(), item.clone());
            prop_assert_eq!(serde_json::to_string(&stored).unwrap(), serde_json::to_string(&item).unwrap());
            for (name, value) in &item.0 {
                let found = stored.get(name).unwrap();
                prop_assert_eq!(found.as_ref(), Some(value));
            }
        }

        #[test]
        fn a_large_or_deep_item_comes_back_as_it_was_stored(
            value in values(),
            lengths in prop::collection::vec(prop::sample::select(vec![0, 1, 127, 128, 16_383, 16_384, 200_000]), 1..4),
            levels in 0..=27_usize,
        ) {
            let deep = (0..levels).fold(value, |inner, level| {
                if level.is_multiple_of(2) {
                    AttributeValue::L(vec![AttributeValue::Null, inner])
                } else {
                    AttributeValue::M(BTreeMap::from([(String::new(), inner)]))
                }
            });
            let large = lengths.iter().enumerate();
            let large = large.map(|(index, length)| (format!("large {index}"), AttributeValue::B(vec![7; *length])));
            let item = Item(large.chain([("deep".to_owned(), deep)]).collect());
            let stored = Stored::decode(Stored::encode(&item).bytes().clone()).unwrap();
            prop_assert_eq!(stored.size(), item.size());
            prop_assert_eq!(stored.item().unwrap(), item.clone());
            prop_assert_eq!(serde_json::to_string(&stored).unwrap(), serde_json::to_string(&item).unwrap());
        }

        #[test]
        fn an_item_cut_down_is_the_item_of_what_was_kept(item in items()) {
            let is_kept = |name: &str| name.len().is_multiple_of(2);
            let kept = Item(item.0.clone().into_iter().filter(|(name, _)| is_kept(name)).collect());
            prop_assert_eq!(Stored::encode(&item).only(is_kept).unwrap(), Stored::encode(&kept));
        }

        #[test]
        fn any_bytes_are_an_item_or_an_error(bytes: Vec<u8>) {
            if let Ok(stored) = Stored::decode(bytes.into()) {
                let tree = stored.item().map(|item| serde_json::to_string(&item).unwrap());
                let _ = serde_json::to_string(&stored);
                drop(tree);
            }
        }
    }

    #[test]
    fn what_is_nested_deeper_than_any_item_is_damage_for_every_reader() {
        let nested = |levels: usize| {
            let value = (0..levels).fold(vec![NULL], |inner, _| {
                let mut list = vec![L];
                put_sized(&mut list, |bytes| {
                    put_length(bytes, 1);
                    bytes.extend(&inner);
                });
                list
            });
            Stored::with_header(&[&[1, 1, b'a'][..], &value].concat(), 5)
        };
        let deepest = nested(NESTING_MAX);
        assert_eq!(deepest.item().unwrap().depth(), NESTING_MAX);
        assert!(serde_json::to_string(&deepest).is_ok());
        for levels in [NESTING_MAX + 1, 20_000] {
            let stored = nested(levels);
            assert!(stored.item().is_err());
            assert!(stored.get("a").is_err());
            assert!(stored.only(|_| true).is_err());
            assert!(serde_json::to_string(&stored).is_err());
        }
    }

    #[test]
    fn bytes_are_an_item_or_damage_for_every_reader() {
        fuzz::target("stored_item", 20_000, |bytes| {
            let Ok(stored) = Stored::decode(Bytes::copy_from_slice(bytes)) else { return };
            let json = serde_json::to_string(&stored);
            for name in ["a", "m", ""] {
                let _ = (stored.get(name), stored.attribute(name));
            }
            if let Ok(half) = stored.only(|name| name.len().is_multiple_of(2)) {
                let _ = half.item();
            }
            if let Ok(item) = stored.item() {
                serde_json::from_str::<serde::de::IgnoredAny>(&json.unwrap()).unwrap();
                let again = Stored::encode(&item);
                assert_eq!(again.item().unwrap(), item);
                assert_eq!(again.size(), item.size());
            }
        });
    }
}
