//! The way of a query to this server's own tables: the steps of any request, without a socket.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use types::json::Json;
use workbench::{Answer, Command, Error, Sent, Service, Transport};

use crate::arrival::Arrival;
use crate::audit::Entry;
use crate::error::Refusal;
use crate::metrics::Tally;
use crate::pipeline::{self, Shared};
use crate::principals::Caller;
use crate::reply::Reply;
use crate::wire::{ContentType, Wishes};

/// This server, asked by a caller.
pub(super) struct Local<'a> {
    pub(super) shared: &'a Shared,
    pub(super) arrival: &'a Arrival,
    pub(super) headers: &'a HeaderMap,
    pub(super) caller: Caller,
}

impl Local<'_> {
    /// Does what a command asks for, counted and written down as any request.
    async fn operate(&self, command: Command, body: &[u8]) -> Reply {
        let Self { shared, arrival, headers, caller } = self;
        let (mut tally, mut entry) = (Tally::begin(), Entry::default());
        entry.is_of(caller);
        let done = async {
            let row = row(command).ok_or(Refusal::UnknownOperation)?;
            tally.is_for(row);
            entry.is_for(row);
            let json = Json::parse(body).map_err(|_| Refusal::Malformed)?;
            let asking = pipeline::Asking { caller, arrival, headers, host: host(headers) };
            pipeline::perform(shared, &asking, (row, &json), &mut entry).await
        };
        let reply = done.await.map_or_else(|refusal| Reply::refusal(&refusal), Reply::json);
        shared.metrics.count(&tally, reply.failure());
        if let Some(audit) = &shared.audit {
            audit.write(&entry, arrival, shared.clock.now_ms(), reply.failure()).await;
        }
        reply
    }
}

impl Transport for Local<'_> {
    fn sent(&self, command: Command, body: &Bytes) -> Result<Sent, Error> {
        let scheme = if self.arrival.is_secure { "https" } else { "http" };
        let headers =
            [("content-type", ContentType::AmazonJson.name()), ("x-amz-target", &command.target())];
        Ok(Sent {
            method: "POST".to_owned(),
            url: format!("{scheme}://{}/", host(self.headers)),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.clone(),
        })
    }

    async fn send(&self, command: Command, body: Bytes) -> Result<Answer, Error> {
        let wishes =
            Wishes { content_type: ContentType::AmazonJson, takes_gzip: false, is_page: false };
        let (head, body) = self.operate(command, &body).await.into_response(wishes).into_parts();
        let Ok(body) = body.collect().await;
        Ok(Answer {
            address: host(self.headers),
            status: head.status,
            headers: head.headers,
            bytes: body.to_bytes(),
        })
    }

    fn region(&self) -> &str {
        &self.caller.region
    }

    fn account(&self) -> Option<&str> {
        Some(&self.caller.account)
    }
}

fn row(command: Command) -> Option<&'static database::Row> {
    let api = match command.service() {
        Service::Tables => database::Api::DynamoDb,
        Service::Streams => database::Api::Streams,
    };
    database::find(api, command.name())
}

fn host(headers: &HeaderMap) -> String {
    let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    host.unwrap_or("localhost").to_owned()
}
