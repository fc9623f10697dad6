//! What replicas say to each other.
//!
//! A message is a head, which is JSON with its length before it, and entries in binary behind it: what items came to be,
//! each with its version.

use bytes::{Buf as _, Bytes};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::catalog::Table;
use crate::error::{Damaged, Error};
use crate::replication::group::Group;
use crate::replication::version::Version;
use crate::sized;
use crate::stored::Stored;

/// The version of messages, their first byte.
const FORMAT: u8 = 1;

/// What an item came to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The item's key, without its table's number.
    pub(crate) key: Bytes,
    pub(crate) version: Version,
    pub(crate) item: Option<Stored>,
}

/// A message to a Region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) account: String,
    /// The Region that it is for.
    pub(crate) to: String,
    pub(crate) table: String,
    pub(crate) body: Body,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Body {
    /// What is there of that name?
    Look,
    /// This happened in another replica.
    Tell(Box<Tell>),
}

/// What a replica tells another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tell {
    /// The Region that tells it.
    pub(crate) from: String,
    /// The id of the group.
    pub(crate) group: String,
    /// What has changed in the group or in the replica that tells it.
    pub(crate) news: Option<News>,
    /// Up to which time everything is told with this, in milliseconds since 1970.
    pub(crate) until_ms: u64,
    /// Whether a new replica has been told with this of everything there was.
    pub(crate) is_copied: bool,
}

/// How things stand, as a replica sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct News {
    pub(crate) group: Group,
    /// The replica that tells it, as [`super::shown`].
    pub(crate) table: Table,
}

/// The answer to [`Body::Look`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Look {
    /// The table of that name, as [`super::shown`].
    pub(crate) table: Option<Table>,
    /// How many items it has.
    pub(crate) items: i64,
    /// The group that it belongs to.
    pub(crate) group: Option<Group>,
}

/// The answer to [`Body::Tell`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Told {
    /// It is known now, and will not be forgotten.
    Taken,
    /// The replica has been made of what was told, and knows nothing that was told before.
    Made,
    /// There is no such replica, and nothing to be made of what was told.
    Unknown,
    /// The replica is going, and still has something to tell.
    Leaving,
    /// There is another table of that name.
    NameTaken,
}

/// A message as it is sent.
pub(crate) fn encode<T: Serialize>(head: &T, entries: &[Entry]) -> Bytes {
    let json = serde_json::to_vec(head).expect("a head has string keys and no failing parts");
    let mut bytes = vec![FORMAT];
    sized::put(&mut bytes, Some(&json));
    for Entry { key, version, item } in entries {
        sized::put(&mut bytes, Some(key));
        sized::put(&mut bytes, Some(&version.to_bytes()));
        sized::put(&mut bytes, item.as_ref().map(|item| &**item.bytes()));
    }
    bytes.into()
}

/// Reads a message.
///
/// # Errors
/// Where it is none, or one of another version of this program.
pub(crate) fn decode<T: DeserializeOwned>(message: &Bytes) -> Result<(T, Vec<Entry>), Error> {
    read(message).map_err(|Damaged(_)| Error::internal(std::io::Error::other(UNREADABLE)))
}

const UNREADABLE: &str = "what another Region says cannot be read: \
                          servers that share tables must run the same version";

fn read<T: DeserializeOwned>(message: &Bytes) -> Result<(T, Vec<Entry>), Damaged> {
    let part = |rest: &mut Bytes| sized::take(rest, || Damaged("message"));
    let mut rest = message.clone();
    if rest.try_get_u8().ok() != Some(FORMAT) {
        return Err(Damaged("message"));
    }
    let json = part(&mut rest)?.ok_or(Damaged("message"))?;
    let head = serde_json::from_slice(&json).map_err(|_| Damaged("message"))?;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let key = part(&mut rest)?.ok_or(Damaged("message"))?;
        let version = part(&mut rest)?.ok_or(Damaged("message"))?;
        let version = Version::from_bytes(&version)?;
        let item = part(&mut rest)?.map(Stored::decode).transpose()?;
        entries.push(Entry { key, version, item });
    }
    Ok((head, entries))
}

#[cfg(test)]
mod tests {
    use types::{AttributeValue, Item};

    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_sent() {
        let item = Item([("a".to_owned(), AttributeValue::S("b".to_owned()))].into());
        let entry = |item| Entry {
            key: Bytes::from_static(b"key"),
            version: Version { time: 7, region: "eu-west-1".to_owned() },
            item,
        };
        let entries = [entry(Some(Stored::encode(&item))), entry(None)];
        let head = Head {
            account: "1".to_owned(),
            to: "eu-west-1".to_owned(),
            table: "songs".to_owned(),
            body: Body::Look,
        };
        assert_eq!(decode::<Head>(&encode(&head, &entries)).unwrap(), (head, entries.to_vec()));
    }

    #[test]
    fn bytes_are_a_message_or_refused() {
        fuzz::target("message", 5_000, |bytes| {
            let _ = decode::<Head>(&Bytes::copy_from_slice(bytes));
            let _ = decode::<Told>(&Bytes::copy_from_slice(bytes));
        });
    }
}
