//! The pages of a selection: one after the other, those of several segments at once.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::Selection;
use super::ask::ask;
use crate::attribute::{AttributeFault, Item};
use crate::error::Error;
use crate::json::{self, Layout, Leniency};
use crate::transport::Transport;

/// A page on its way, with its segment.
type Coming<'a> = Pin<Box<dyn Future<Output = (u32, Result<Page, Error>)> + Send + 'a>>;

/// A page of items, and where the next begins.
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

/// All pages, as they come.
pub(super) struct Pages<'a, T> {
    transport: &'a T,
    selection: &'a Selection,
    coming: FuturesUnordered<Coming<'a>>,
}

impl<'a, T: Transport> Pages<'a, T> {
    pub(super) fn new(transport: &'a T, selection: &'a Selection) -> Self {
        let mut pages = Self { transport, selection, coming: FuturesUnordered::new() };
        for segment in 0..selection.segments {
            pages.ask(segment, selection.start.as_deref());
        }
        pages
    }

    /// The items of the next page; `None` after the last. A caller that stops waiting loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Item>>, Error> {
        let Some((segment, page)) = self.coming.next().await else { return Ok(None) };
        let page = page?;
        if page.next.is_some() {
            self.ask(segment, page.next.as_deref());
        }
        Ok(Some(page.items))
    }

    fn ask(&mut self, segment: u32, start: Option<&str>) {
        let body = request(self.selection, segment, start);
        let (transport, command) = (self.transport, self.selection.command);
        self.coming.push(Box::pin(async move {
            let reply = ask(transport, command, body).await;
            (segment, reply.and_then(|reply| page(&reply)))
        }));
    }
}

fn request(selection: &Selection, segment: u32, start: Option<&str>) -> Bytes {
    let mut text = format!("{{{}", selection.members);
    let mut member = |name: &str, value: &str| {
        if !text.ends_with('{') {
            text.push(',');
        }
        text.extend(["\"", name, "\":", value]);
    };
    if 1 < selection.segments {
        member("Segment", &segment.to_string());
        member("TotalSegments", &selection.segments.to_string());
    }
    if let Some(start) = start {
        member("ExclusiveStartKey", start);
    }
    text.push('}');
    text.into()
}

fn page(reply: &[u8]) -> Result<Page, Error> {
    let not_json = || Error::Items(AttributeFault::NotAnObject);
    let text = std::str::from_utf8(reply).map_err(|_| not_json())?;
    let tree = json::parse(text, Leniency::Strict).map_err(|_| not_json())?;
    let object = tree.as_ref().and_then(|tree| tree.as_object()).ok_or_else(not_json)?;
    let items = object.get_array("Items").map(|list| list.elements.as_slice()).unwrap_or_default();
    let items = items.iter().map(Item::typed_of).collect::<Result<_, _>>().map_err(Error::Items)?;
    let next = object.get("LastEvaluatedKey").map(|key| json::text(&key.value, Layout::Compact));
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;

    #[test]
    fn a_request_has_its_segment_and_its_start() {
        let table = Selection::table("a\"b", 1);
        assert_eq!(request(&table, 0, None), r#"{"TableName":"a\"b"}"#);
        assert_eq!(
            request(&table, 0, Some("{}")),
            r#"{"TableName":"a\"b","ExclusiveStartKey":{}}"#
        );
        let body = Body::parse("{\"TableName\": \"t\", \"Limit\": 5,}").unwrap();
        let scan = Selection::request("Scan".parse().unwrap(), &body, 4).unwrap();
        assert_eq!(
            request(&scan, 3, None),
            r#"{"TableName":"t","Limit":5,"Segment":3,"TotalSegments":4}"#
        );
        let query = Selection::request("Query".parse().unwrap(), &body, 4).unwrap();
        assert_eq!(request(&query, 0, None), r#"{"TableName":"t","Limit":5}"#);
        let error = Selection::request("GetItem".parse().unwrap(), &body, 1).unwrap_err();
        assert_eq!(error.to_string(), "GetItem does not read many items: take Query or Scan");
    }

    #[test]
    fn a_request_that_begins_later_does_so_once() {
        let body = Body::parse(r#"{"ExclusiveStartKey": {"a": {"N": "1.0"}}, "TableName": "t"}"#);
        let scan = Selection::request("Scan".parse().unwrap(), &body.unwrap(), 4).unwrap();
        assert_eq!(scan.start.as_deref(), Some(r#"{"a":{"N":"1.0"}}"#));
        assert_eq!(request(&scan, 0, Some("{}")), r#"{"TableName":"t","ExclusiveStartKey":{}}"#);
    }

    #[test]
    fn a_scan_with_a_segment_of_its_own_is_one() {
        let body = Body::parse(r#"{"TableName": "t", "Segment": 0, "TotalSegments": 2}"#).unwrap();
        let scan = Selection::request("Scan".parse().unwrap(), &body, 4).unwrap();
        assert_eq!(request(&scan, 0, None), r#"{"TableName":"t","Segment":0,"TotalSegments":2}"#);
    }
}
