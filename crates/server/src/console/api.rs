//! What the console asks of the server, by name.

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use workbench::{Command, ItemFormat, Schemas};

use super::connections::{self, Connection};
use super::fault::Fault;
use super::local::Local;
use super::queries::{self, Endpoint, SavedQuery, malformed};
use super::rows;
use super::session::{self, Session};
use super::way::{Way, environment};
use crate::allow;
use crate::arrival::Arrival;
use crate::audit::Entry;
use crate::error::Refusal;
use crate::pipeline::{self, Shared};
use crate::principals::{Caller, random};
use crate::wire::ContentType;
use crate::{admin, insights};

mod ask;

pub(super) use ask::too_slow;

/// The Region of those that name none.
const REGION: &str = "us-east-1";

/// Where something is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    #[serde(default)]
    pub(super) connection: String,
    #[serde(default)]
    pub(super) region: Option<String>,
    /// Of a server that checks no signatures, the account.
    #[serde(default)]
    pub(super) account: Option<String>,
}

/// Who asks, and how.
pub(super) struct Asking<'a> {
    pub(super) shared: &'a Shared,
    pub(super) arrival: &'a Arrival,
    pub(super) headers: &'a HeaderMap,
    pub(super) session: Session,
}

/// Answers what a page asks.
pub(super) async fn answer(
    shared: &Shared,
    (arrival, head, name): (&Arrival, &Parts, &str),
    body: Incoming,
) -> Response<Full<Bytes>> {
    let answered = async {
        if head.method != http::Method::POST {
            return Err(Fault::NotFound);
        }
        session::check_origin(shared, head)?;
        let is_json = ContentType::of(&head.headers) == Some(ContentType::Json);
        if !is_json {
            return Err(Fault::Malformed("The request must be of application/json".to_owned()));
        }
        let sent = shared.space.take(body).await?;
        let body =
            if sent.bytes.is_empty() { Bytes::from_static(b"{}") } else { sent.bytes.clone() };
        match name {
            "Session" => begin(shared, arrival, &head.headers),
            "Login" => sign_in(shared, arrival, &body),
            _ => {
                let session = shared.sessions.of(&head.headers).ok_or(Fault::NotSignedIn)?;
                session.check_sign(&head.headers)?;
                let asking = Asking { shared, arrival, headers: &head.headers, session };
                let reply = asking.answer(name, &body).await?;
                let mut response = super::json(StatusCode::OK, reply);
                if name == "Logout" {
                    response.headers_mut().insert(SET_COOKIE, session::clear_cookie());
                }
                Ok(response)
            }
        }
    };
    answered.await.unwrap_or_else(Fault::into_response)
}

/// The session there is, or on a server that checks no signatures, a new one.
fn begin(
    shared: &Shared,
    arrival: &Arrival,
    headers: &HeaderMap,
) -> Result<Response<Full<Bytes>>, Fault> {
    let is_open = shared.principals.is_open();
    if let Some(session) = shared.sessions.of(headers)
        && (is_open || session.bearer.is_some())
        && let Ok(described) = describe(shared, Some(&session))
    {
        return Ok(super::json(StatusCode::OK, described));
    }
    if !is_open {
        return Ok(super::json(StatusCode::OK, describe(shared, None)?));
    }
    let (name, session) = shared.sessions.begin(None);
    let mut response = super::json(StatusCode::OK, describe(shared, Some(&session))?);
    response.headers_mut().insert(SET_COOKIE, session::set_cookie(&name, arrival.is_secure));
    Ok(response)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignIn {
    access_key_id: String,
    secret_access_key: String,
    #[serde(default)]
    session_token: Option<String>,
}

fn sign_in(
    shared: &Shared,
    arrival: &Arrival,
    body: &[u8],
) -> Result<Response<Full<Bytes>>, Fault> {
    shared.sessions.check_attempts()?;
    let SignIn { access_key_id, secret_access_key, session_token } = read(body)?;
    let token = session_token.as_deref().map(str::trim).filter(|token| !token.is_empty());
    let shown = shared.principals.sign_in(access_key_id.trim(), secret_access_key.trim(), token);
    let bearer = match shown {
        Ok(bearer) => bearer,
        Err(auth::Error::ExpiredToken) => {
            return Err(Fault::LoginFailed("The session of this key has ended".to_owned()));
        }
        Err(_) => {
            shared.sessions.count_failure()?;
            let text = "The access key is not known, is switched off, or has another secret";
            return Err(Fault::LoginFailed(text.to_owned()));
        }
    };
    let (name, session) = shared.sessions.begin(Some(bearer));
    let mut response = super::json(StatusCode::OK, describe(shared, Some(&session))?);
    response.headers_mut().insert(SET_COOKIE, session::set_cookie(&name, arrival.is_secure));
    Ok(response)
}

/// What a page has to know first.
fn describe(shared: &Shared, session: Option<&Session>) -> Result<Vec<u8>, Fault> {
    let caller = session.map(|session| caller(shared, session, &Place::default())).transpose()?;
    let caller = caller.map(|caller| {
        let principal = caller.principal();
        let name = caller.person().map_or("root", |person| &person.user.name).to_owned();
        json!({ "account": caller.account, "arn": principal.arn, "name": name, "isRoot": caller.is_root() })
    });
    Ok(bytes(&json!({
        "csrf": session.map(|session| &session.csrf),
        "isOpen": shared.principals.is_open(),
        "caller": caller,
        "version": env!("CARGO_PKG_VERSION"),
        "mayConnect": shared.ways.is_some(),
    })))
}

/// Who asks, in the Region that is asked.
fn caller(shared: &Shared, session: &Session, place: &Place) -> Result<Caller, Fault> {
    let region = place.region.as_deref().unwrap_or(REGION);
    if !auth::sigv4::is_region(region) {
        return Err(Fault::Malformed(format!("{region:?} is not a Region")));
    }
    match &session.bearer {
        Some(bearer) => {
            Ok(shared.principals.bearer(bearer, region).map_err(|_| Fault::NotSignedIn)?)
        }
        None if shared.principals.is_open() => {
            let account = place.account.as_deref().unwrap_or(auth::sigv4::DEFAULT_ACCOUNT);
            let is_account =
                account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_account {
                return Err(Fault::Malformed("An account has 12 digits".to_owned()));
            }
            Ok(Caller::anybody(account, region))
        }
        None => Err(Fault::NotSignedIn),
    }
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(malformed)
}

pub(super) fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts, numbers and lists are JSON")
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

impl Asking<'_> {
    async fn answer(&self, name: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        match name {
            "Logout" => {
                self.shared.sessions.end(self.headers);
                Ok(b"{}".to_vec())
            }
            "ListConnections" | "SaveConnection" | "DeleteConnection" | "TestConnection"
            | "ListProfiles" => self.about_connections(name, body).await,
            "ListQueries" | "SaveQuery" | "DeleteQuery" | "CreateEndpoint" | "DeleteEndpoint" => {
                self.about_queries(name, body).await
            }
            "Prepare" | "Run" | "Send" | "MakeCode" | "Template" | "FormatItems" | "ParseItems" => {
                ask::answer(self, name, body).await
            }
            "Admin" => self.administer(body).await,
            "Metrics" => {
                let caller = self.caller(&Place::default())?;
                self.allow(&caller, ("cloudwatch:GetMetricData", "*"))?;
                let account = (!caller.is_anybody()).then_some(caller.account);
                Ok(bytes(&json!({ "text": pipeline::metrics_text(self.shared, account).await? })))
            }
            "Insights" => self.insights(body).await,
            _ => Err(Fault::NotFound),
        }
    }

    pub(super) fn caller(&self, place: &Place) -> Result<Caller, Fault> {
        caller(self.shared, &self.session, place)
    }

    /// Lets a caller do something that is no operation of the database.
    fn allow(&self, caller: &Caller, asked: (&str, &str)) -> Result<(), Fault> {
        Ok(allow::allow_action(self.shared, caller, (self.arrival, self.headers), asked)?)
    }

    /// Lets a caller do something with a connection or a query.
    fn allow_own(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        let arn = format!("arn:aws:pixii::{}:{resource}", caller.account);
        self.allow(caller, (&format!("pixii:{action}"), &arn))
    }

    async fn about_connections(&self, name: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let caller = self.caller(&Place::default())?;
        let account = caller.account.clone();
        match name {
            "ListConnections" => {
                let all = connections::list(self.shared, &account).await?;
                let may = |one: &Connection| {
                    one.is_local()
                        || self
                            .allow_own(&caller, "UseConnection", &format!("connection/{}", one.id))
                            .is_ok()
                };
                let shown: Vec<_> = all.into_iter().filter(may).map(Connection::shown).collect();
                Ok(bytes(&json!({ "connections": shown })))
            }
            "ListProfiles" => {
                self.reach(&caller, "ListProfiles", "profile/*")?;
                let profiles = workbench::profiles(environment(true)).await.map_err(malformed)?;
                let shown: Vec<_> = profiles
                    .into_iter()
                    .map(|profile| json!({ "name": profile.name, "region": profile.region }))
                    .collect();
                Ok(bytes(&json!({ "profiles": shown })))
            }
            "DeleteConnection" => {
                let Named { id } = read(body)?;
                self.allow_own(&caller, "DeleteConnection", &format!("connection/{id}"))?;
                rows::delete::<Connection>(&self.shared.database, &account, &id).await?;
                Ok(b"{}".to_vec())
            }
            "SaveConnection" => {
                let wanted: connections::Wanted = read(body)?;
                let resource = format!("connection/{}", wanted.id.as_deref().unwrap_or("*"));
                if wanted.id.as_deref() == Some(connections::LOCAL) {
                    self.allow_own(&caller, "SaveConnection", &resource)?;
                } else {
                    self.reach(&caller, "SaveConnection", &resource)?;
                }
                let saved = connections::save(self.shared, &account, wanted).await?;
                Ok(bytes(&json!({ "connection": saved.shown() })))
            }
            _ => self.test(&caller, body).await,
        }
    }

    /// Lets a caller reach other places, where this server lets anybody.
    fn reach(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        if self.shared.ways.is_none() {
            return Err(Fault::Closed);
        }
        self.allow_own(caller, action, resource)
    }

    async fn test(&self, caller: &Caller, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let value: Value = read(body)?;
        let is_stored = value
            .as_object()
            .is_some_and(|members| members.len() == 1 && members.contains_key("id"));
        let connection = if is_stored {
            let Named { id } = read(body)?;
            connections::find(self.shared, &caller.account, &id).await?
        } else {
            connections::tried(self.shared, &caller.account, read(body)?).await?
        };
        if connection.is_local() {
            let summary = "This server itself: nothing is between";
            return Ok(bytes(
                &json!({ "isOk": true, "summary": summary, "cause": null, "fix": null, "steps": [] }),
            ));
        }
        self.reach(caller, "TestConnection", &format!("connection/{}", connection.id))?;
        let settings = connection.settings(self.shared, &caller.account)?;
        let environment = environment(settings.profile.is_some());
        Ok(bytes(&workbench::diagnose(settings, environment).await))
    }

    async fn about_queries(&self, name: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let caller = self.caller(&Place::default())?;
        let (shared, account) = (self.shared, caller.account.as_str());
        let query = match name {
            "ListQueries" => {
                let all: Vec<SavedQuery> = rows::list(&shared.database, account).await?;
                let may = |one: &SavedQuery| {
                    self.allow_own(&caller, "UseQuery", &format!("query/{}", one.id)).is_ok()
                };
                let mut shown: Vec<SavedQuery> = all.into_iter().filter(may).collect();
                shown.sort_by_key(|query| query.name.to_lowercase());
                let shown: Vec<_> = shown.into_iter().map(SavedQuery::shown).collect();
                return Ok(bytes(&json!({ "queries": shown })));
            }
            "SaveQuery" => {
                let wanted: queries::Wanted = read(body)?;
                let resource = format!("query/{}", wanted.id.as_deref().unwrap_or("*"));
                self.allow_own(&caller, "SaveQuery", &resource)?;
                queries::save(shared, account, wanted, self.session.bearer.as_ref()).await?
            }
            _ => {
                let Named { id } = read(body)?;
                self.allow_own(&caller, name, &format!("query/{id}"))?;
                match name {
                    "DeleteQuery" => {
                        rows::delete::<SavedQuery>(&shared.database, account, &id).await?;
                        return Ok(b"{}".to_vec());
                    }
                    "CreateEndpoint" => return self.create_endpoint(&caller, &id).await,
                    _ => queries::set_endpoint(shared, account, &id, None).await?,
                }
            }
        };
        Ok(bytes(&json!({ "query": query.shown() })))
    }

    async fn create_endpoint(&self, caller: &Caller, id: &str) -> Result<Vec<u8>, Fault> {
        let bearer = self.session.bearer.clone();
        if bearer.as_ref().is_some_and(crate::principals::Bearer::is_passing) {
            let text = "An endpoint acts with an access key: sign in with one, not with a session's credentials";
            return Err(Fault::Malformed(text.to_owned()));
        }
        let token = super::endpoint::new_token(&random());
        let acts_as = caller.person().map_or("root", |person| &person.user.name).to_owned();
        let endpoint = Endpoint {
            token_hash: super::endpoint::hash(&token),
            created_ms: self.shared.clock.now_ms(),
            bearer,
            acts_as,
        };
        let query = queries::set_endpoint(self.shared, &caller.account, id, Some(endpoint)).await?;
        Ok(bytes(&json!({ "query": query.shown(), "token": token })))
    }

    async fn administer(&self, body: &[u8]) -> Result<Vec<u8>, Fault> {
        #[derive(Deserialize)]
        struct Wanted {
            command: String,
            #[serde(default)]
            body: Value,
        }
        let Wanted { command, body } = read(body)?;
        let body = if body.is_null() { b"{}".to_vec() } else { bytes(&body) };
        let shared = self.shared;
        let caller = self.caller(&Place::default())?;
        let _running = shared.principals.begin(&caller).ok_or(Refusal::Busy)?;
        let context = allow::context(shared, &caller, (self.arrival, self.headers), true);
        let commander = admin::Commander { caller: &caller, context, is_owner: false };
        let done = admin::run(&shared.principals, &commander, &command, &body).await;
        let done = done.map_err(Refusal::from);
        if let Some(audit) = &shared.audit {
            let mut entry = Entry::default();
            entry.is_of(&caller);
            entry.administers(&command, &body);
            let failure = done
                .as_ref()
                .err()
                .and_then(|refusal| crate::reply::Reply::refusal(refusal).failure());
            audit.write(&entry, self.arrival, shared.clock.now_ms(), failure).await;
        }
        Ok(done?)
    }

    async fn insights(&self, body: &[u8]) -> Result<Vec<u8>, Fault> {
        #[derive(Deserialize)]
        struct Wanted {
            query: String,
        }
        let Wanted { query } = read(body)?;
        let caller = self.caller(&Place::default())?;
        let known = (!caller.is_anybody()).then_some(&caller);
        let query = insights::query(query.trim_start_matches('?'), known)?;
        if let Some(caller) = known {
            let from = (self.arrival, self.headers);
            insights::allow(self.shared, from, caller, &query, &mut Entry::default()).await?;
        }
        Ok(insights::json(&self.shared.database.insights(&query).await?))
    }

    /// The connection of a place, the way to it, and what is known of its tables.
    pub(super) async fn way(
        &self,
        place: &Place,
    ) -> Result<(Connection, Way<'_>, std::sync::Arc<Schemas>), Fault> {
        way(self.shared, (self.arrival, self.headers), place, self.caller(place)?).await
    }
}

/// The connection of a place, the way to it as a caller, and what is known of its tables.
pub(super) async fn way<'a>(
    shared: &'a Shared,
    (arrival, headers): (&'a Arrival, &'a HeaderMap),
    place: &Place,
    caller: Caller,
) -> Result<(Connection, Way<'a>, std::sync::Arc<Schemas>), Fault> {
    let id = if place.connection.is_empty() { connections::LOCAL } else { &place.connection };
    let connection = connections::find(shared, &caller.account, id).await?;
    let whose = caller.principal().arn.clone();
    let region = place.region.as_deref().unwrap_or(&connection.region);
    let known = format!("{whose} {id} {} {region}", connection.version);
    if connection.is_local() {
        let schemas = shared.ways.as_ref().map(|ways| ways.schemas(known)).unwrap_or_default();
        return Ok((
            connection,
            Way::Local(Box::new(Local { shared, arrival, headers, caller })),
            schemas,
        ));
    }
    let ways = shared.ways.as_ref().ok_or(Fault::Closed)?;
    let arn = format!("arn:aws:pixii::{}:connection/{id}", caller.account);
    allow::allow_action(shared, &caller, (arrival, headers), ("pixii:UseConnection", &arn))?;
    let opened = ways.open(shared, &caller.account, &connection, place.region.as_deref()).await?;
    let schemas = ways.schemas(known);
    Ok((connection, Way::Remote(opened), schemas))
}

/// Refuses what a connection does not let through.
pub(super) fn guard(
    connection: &Connection,
    command: Command,
    is_confirmed: bool,
) -> Result<(), Fault> {
    match () {
        () if !command.writes() => Ok(()),
        () if connection.is_read_only => Err(Fault::Locked),
        () if connection.asks_before_writing && !is_confirmed => Err(Fault::Confirm),
        () => Ok(()),
    }
}

/// The format of a file of items by its name.
pub(super) fn item_format(name: &str) -> Result<ItemFormat, Fault> {
    name.parse().map_err(malformed)
}
