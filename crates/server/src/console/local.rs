//! The way of a query to this server's own tables: the steps of any request, without a socket.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use types::json::Json;
use workbench::{Answer, Command, Error, Sent, Service, Transport};

use super::page::Page;
use crate::audit::Entry;
use crate::error::Refusal;
use crate::metrics::Tally;
use crate::pipeline;
use crate::principals::Caller;
use crate::reply::Reply;
use crate::wire::{ContentType, Wishes};

/// This server, asked by a caller.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) page: Page,
    pub(super) caller: Arc<Caller>,
}

impl Local {
    /// Does what a command asks for, counted and written down as any request.
    async fn operate(self, command: Command, body: Bytes) -> Reply {
        let Page { shared, arrival, headers, host } = &self.page;
        let (mut tally, mut entry) = (Tally::begin(), Entry::default());
        entry.is_of(&self.caller);
        let done = async {
            let row = row(command).ok_or(Refusal::UnknownOperation)?;
            tally.is_for(row);
            entry.is_for(row);
            let json = Json::parse(&body).map_err(|_| Refusal::Malformed)?;
            let host = host.clone();
            let asking = pipeline::Asking { caller: &self.caller, arrival, headers, host };
            pipeline::perform(shared, &asking, (row, &json), &mut entry).await
        };
        let reply = done.await.map_or_else(|refusal| Reply::refusal(&refusal), Reply::json);
        shared.metrics.count(&tally, reply.failure());
        self.page.write_down(&entry, reply.failure()).await;
        reply
    }
}

impl Transport for Local {
    fn sent(&self, command: Command, body: &Bytes) -> Result<Sent, Error> {
        let scheme = if self.page.arrival.is_secure { "https" } else { "http" };
        let headers =
            [("content-type", ContentType::AmazonJson.name()), ("x-amz-target", &command.target())];
        Ok(Sent {
            method: "POST".to_owned(),
            url: format!("{scheme}://{}/", self.page.host),
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
        let reply = self.page.see_through(self.clone().operate(command, body)).await;
        let (head, body) = reply.into_response(wishes).into_parts();
        let Ok(body) = body.collect().await;
        Ok(Answer {
            address: self.page.host.clone(),
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
