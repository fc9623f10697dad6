//! The items of the benchmark's table, and how they are written in JSON.
//!
//! Items are numbered, and 25 in a row share a partition: one query reads them all.

use crate::random::{Random, scattered};

/// The items of one partition.
pub(crate) const PARTITION_ITEMS: u64 = 25;
/// The least an item may hold, in bytes, so that there is room for its keys and its counter.
pub(crate) const ITEM_BYTES_MIN: usize = 64;

/// An item's number, which gives its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ItemNumber(pub(crate) u64);

impl ItemNumber {
    /// The item's key, in braces.
    pub(crate) fn key(self) -> String {
        format!("{{{},{}}}", self.partition_attribute(), self.sort_attribute())
    }

    pub(crate) fn partition_attribute(self) -> String {
        format!(r#""pk":{{"S":"{}"}}"#, partition_text(self.0 / PARTITION_ITEMS))
    }

    pub(crate) fn sort_attribute(self) -> String {
        format!(r#""sk":{{"N":"{}"}}"#, self.0 % PARTITION_ITEMS)
    }
}

/// The value of a partition's key, always as long.
pub(crate) fn partition_text(partition: u64) -> String {
    format!("p{partition:08}")
}

/// The items there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items {
    /// How many; a multiple of `PARTITION_ITEMS`.
    pub(crate) count: u64,
    /// What each holds by the rules of the API, in bytes: its names and its values together.
    pub(crate) bytes: usize,
}

impl Items {
    /// `count` items with no two alike, scattered over the table.
    pub(crate) fn several(self, count: u64, random: &mut Random) -> Vec<ItemNumber> {
        let first = random.below(self.count);
        (first..first + count).map(|place| self.scattered(place % self.count)).collect()
    }

    /// The item at a place in an order that has nothing to do with keys.
    pub(crate) fn scattered(self, place: u64) -> ItemNumber {
        ItemNumber(scattered(place, self.count))
    }

    /// The item whole, with a new text that does not compress well.
    pub(crate) fn item(self, number: ItemNumber, random: &mut Random) -> String {
        // The keys hold 2 + 9 and 2 + 2 bytes, the counter 5 + 2, and the name of the text 4.
        let text = text(self.bytes.saturating_sub(26), random);
        let (partition, sort) = (number.partition_attribute(), number.sort_attribute());
        format!(r#"{{{partition},{sort},"count":{{"N":"0"}},"text":{{"S":"{text}"}}}}"#)
    }
}

/// A text in which each character is one of 64.
fn text(bytes: usize, random: &mut Random) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const CHARACTERS_OF_A_NUMBER: usize = 10;
    let mut text = String::with_capacity(bytes + CHARACTERS_OF_A_NUMBER);
    while text.len() < bytes {
        let mut bits = random.number();
        for _ in 0..CHARACTERS_OF_A_NUMBER {
            let character = ALPHABET.get(usize::from(bits.to_le_bytes()[0] % 64));
            text.extend(character.map(|&byte| char::from(byte)));
            bits >>= 6;
        }
    }
    text.truncate(bytes);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_holds_the_bytes_asked_for() {
        let items = Items { count: 100, bytes: 1024 };
        let item = items.item(ItemNumber(57), &mut Random::new(1));
        let item: serde_json::Value = serde_json::from_str(&item).unwrap();
        assert_eq!(item["pk"]["S"], "p00000002");
        assert_eq!(item["sk"]["N"], "7");
        // A number takes a byte, and one more for each two digits.
        let numbers = "sk".len() + 2 + "count".len() + 2;
        let texts: usize = ["pk", "text"]
            .iter()
            .map(|name| name.len() + item[name]["S"].as_str().unwrap().len())
            .sum();
        assert_eq!(numbers + texts, 1024);
    }

    #[test]
    fn several_items_are_all_different() {
        let items = Items { count: 25, bytes: 1024 };
        let mut numbers: Vec<u64> =
            items.several(25, &mut Random::new(3)).into_iter().map(|number| number.0).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..25).collect::<Vec<_>>());
    }
}
