//! Who may ask: users with their keys, sessions, and whoever has the server's own credentials.
//!
//! Users are rows of the store, and all of them are at hand, prepared: a request looks its key up in a map and takes no
//! lock for longer than that. A change puts a new map in place of the old one, and takes over the secrets that stayed,
//! with the signing keys that were made from them.

mod bearer;
mod change;
mod managed;
mod seal;
mod session;
mod user;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use auth::policy::{Identity, Kind, Named, Policy, Principal, PrincipalKind};
use auth::sigv4::{self, Request, Secret, Signature, account};
use bytes::Bytes;
use database::{Clock, Database, Registry};
use tokio::sync::Mutex;

use crate::Error;
pub(crate) use bearer::Bearer;
pub(crate) use change::{Asked, Change, Standing, UserFault};
pub(crate) use managed::ADMINISTRATOR;
pub use seal::{KeyError, KeySource, Seal};
pub(crate) use seal::{random, random_text};
pub(crate) use session::{Session, SessionFault, SessionRequest};
pub(crate) use user::{AccessKey, User};

/// The most policies of resources that are kept prepared.
const PREPARED_MAX: usize = 1000;

/// Whom a server believes, and how its users' secrets are kept.
#[derive(Clone)]
pub struct Belief {
    /// Key ids with their secrets: each is the root of its account, the one that it names by being 12 digits, or else
    /// the usual one.
    pub credentials: Vec<(String, String)>,
    /// Whether signatures are checked even where there is nobody yet who could sign.
    pub is_strict: bool,
    /// Where the key is that the secrets of users are sealed with.
    pub key: KeySource,
    /// Requests of one access key at one time.
    pub requests_max: u32,
}

/// Everybody who may ask.
pub struct Principals {
    database: Database,
    clock: Arc<dyn Clock>,
    seal: Seal,
    is_strict: bool,
    requests_max: u32,
    roots: HashMap<String, Arc<Key>>,
    known: RwLock<Arc<Known>>,
    /// Whether there is anybody who can sign, as a request asks.
    has_anybody: AtomicBool,
    /// Held while users change, one change at a time.
    changing: Mutex<()>,
    sessions: session::Opened,
    /// Policies of resources, by their documents.
    prepared: RwLock<HashMap<String, Arc<Policy>>>,
}

/// All users as they are at one time.
#[derive(Default, Clone)]
struct Known {
    users: BTreeMap<String, Arc<Person>>,
    keys: HashMap<String, Arc<Key>>,
}

/// A user, prepared.
pub(crate) struct Person {
    pub(crate) user: User,
    /// What the store has of it.
    row: Bytes,
    principal: Principal,
    policies: Vec<Named>,
}

/// An access key that is active.
pub(crate) struct Key {
    id: String,
    secret: Arc<Secret>,
    owner: Owner,
    usage: Arc<Usage>,
}

enum Owner {
    Root(Principal),
    User(Arc<Person>),
}

/// What an access key is used for, and has been since the server started.
#[derive(Default)]
struct Usage {
    /// Milliseconds since 1970; 0 for never.
    used_ms: AtomicU64,
    running: AtomicU32,
}

/// Who asks.
pub(crate) struct Caller {
    /// The account, 12 digits.
    pub(crate) account: String,
    /// The Region that the credential is for.
    pub(crate) region: String,
    who: Who,
}

enum Who {
    /// Anybody, where no signatures are checked.
    Anybody,
    Key(Arc<Key>),
    /// A session, and the key that it was asked for with.
    Session(Arc<Session>, Arc<Key>),
}

/// A request of a caller that runs.
pub(crate) struct Running(Option<Arc<Usage>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Self(Some(usage)) = self {
            usage.running.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Principals {
    /// What secrets at rest are sealed with.
    pub(crate) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Everybody whom `belief` or the database knows.
    ///
    /// # Errors
    /// Where the store cannot be read, or holds what this version does not understand, or there is no key that opens it.
    pub async fn load(
        database: Database,
        clock: Arc<dyn Clock>,
        belief: Belief,
    ) -> Result<Self, Error> {
        let Belief { credentials, is_strict, key, requests_max } = belief;
        let root = |(id, secret): (String, String)| {
            let owner = Owner::Root(root(account(&id)));
            let secret = Arc::new(Secret::new(secret));
            (id.clone(), Arc::new(Key { id, secret, owner, usage: Arc::default() }))
        };
        let seal = Seal::new(key);
        let known = Known::read(&database, &seal).await?;
        let has_anybody = !credentials.is_empty() || !known.users.is_empty();
        Ok(Self {
            has_anybody: AtomicBool::new(has_anybody),
            database,
            clock,
            seal,
            is_strict,
            requests_max,
            roots: credentials.into_iter().map(root).collect(),
            known: RwLock::new(Arc::new(known)),
            changing: Mutex::default(),
            sessions: session::Opened::default(),
            prepared: RwLock::default(),
        })
    }

    /// Whether there is anybody who can sign.
    #[must_use]
    pub fn has_anybody(&self) -> bool {
        self.has_anybody.load(Ordering::Acquire)
    }

    /// Whether no signatures are checked.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_strict && !self.has_anybody()
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn key(&self, id: &str) -> Option<Arc<Key>> {
        if let Some(key) = self.roots.get(id) {
            return Some(Arc::clone(key));
        }
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys.get(id).cloned()
    }

    /// When a key was last used, in milliseconds since 1970, if it was since the server started.
    pub(crate) fn used_ms(&self, key_id: &str) -> Option<u64> {
        let used_ms = self.key(key_id)?.usage.used_ms.load(Ordering::Relaxed);
        (used_ms > 0).then_some(used_ms)
    }

    /// A user of an account.
    pub(crate) fn user(&self, account: &str, name: &str) -> Option<Arc<Person>> {
        self.known().users.get(&User::place(account, name)).cloned()
    }

    /// All users of an account, in the order of their names.
    pub(crate) fn users(&self, account: &str) -> Vec<Arc<Person>> {
        let known = self.known();
        known.users.values().filter(|person| person.user.account == account).cloned().collect()
    }

    /// Who sent a request, with `body` as it was sent.
    ///
    /// # Errors
    /// Why that is not believed.
    pub(crate) fn caller(
        &self,
        request: &Request<'_>,
        signature: &Signature<'_>,
        body: &[u8],
    ) -> Result<Caller, auth::Error> {
        if self.is_open() {
            // Clocks of tests stand still, and the secret is whatever a client has.
            let claim = signature.claim(None)?;
            let account = account(claim.key_id()).to_owned();
            return Ok(Caller::new(account, &claim, Who::Anybody));
        }
        let now_ms = self.clock.now_ms();
        let claim = signature.claim(Some(now_ms))?;
        if let Some(token) = claim.session_token() {
            let (session, source) = self.session(claim.key_id(), token)?;
            claim.verify(&session.secret, request, body)?;
            session.check_time(now_ms)?;
            source.usage.used_ms.store(now_ms, Ordering::Relaxed);
            let account = session.principal.account.clone();
            return Ok(Caller::new(account, &claim, Who::Session(session, source)));
        }
        let key = self.key(claim.key_id()).ok_or(auth::Error::UnknownKey)?;
        claim.verify(&key.secret, request, body)?;
        key.usage.used_ms.store(now_ms, Ordering::Relaxed);
        Ok(Caller::new(key.principal().account.clone(), &claim, Who::Key(key)))
    }

    /// Has a caller begin a request; `None` where so many run already as may.
    pub(crate) fn begin(&self, caller: &Caller) -> Option<Running> {
        let usage = match &caller.who {
            Who::Anybody => return Some(Running(None)),
            Who::Key(key) | Who::Session(_, key) => &key.usage,
        };
        if usage.running.fetch_add(1, Ordering::Relaxed) >= self.requests_max {
            usage.running.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Running(Some(Arc::clone(usage))))
    }

    /// A resource's policy, prepared; `None` where it is none.
    pub(crate) fn prepared(&self, document: &str) -> Option<Arc<Policy>> {
        let known = self.prepared.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(policy) = known.get(document) {
            return Some(Arc::clone(policy));
        }
        drop(known);
        let policy = Arc::new(Policy::parse(document, Kind::Resource).ok()?);
        let mut known = self.prepared.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PREPARED_MAX {
            known.clear();
        }
        known.insert(document.to_owned(), Arc::clone(&policy));
        Some(policy)
    }
}

impl Known {
    /// All users that the store has.
    async fn read(database: &Database, seal: &Seal) -> Result<Self, Error> {
        let rows = database.registered(Registry::User).await.map_err(Error::Users)?;
        let mut known = Self::default();
        for (place, row) in rows {
            let user = User::decode(&row).ok_or_else(|| Error::User(place.clone()))?;
            known.add(user, row, seal)?;
        }
        Ok(known)
    }

    /// Adds a user, in place of the one it was.
    fn add(&mut self, user: User, row: Bytes, seal: &Seal) -> Result<(), Error> {
        let place = User::place(&user.account, &user.name);
        let before = self.remove(&place);
        let policies =
            user.prepared().map_err(|policy| Error::Policy { user: user.arn(), policy })?;
        let principal = user.principal();
        let person = Arc::new(Person { user, row, principal, policies });
        for access_key in person.user.keys.iter().filter(|key| key.is_active) {
            let id = access_key.id.clone();
            let same = before.iter().find(|key| key.id == id);
            let secret = match same {
                Some(key) => Arc::clone(&key.secret),
                None => Arc::new(Secret::new(seal.open(&id, &access_key.sealed)?)),
            };
            let usage = same.map(|key| Arc::clone(&key.usage)).unwrap_or_default();
            let owner = Owner::User(Arc::clone(&person));
            self.keys.insert(id.clone(), Arc::new(Key { id, secret, owner, usage }));
        }
        self.users.insert(place, person);
        Ok(())
    }

    /// Takes a user away, and gives the keys it had.
    fn remove(&mut self, place: &str) -> Vec<Arc<Key>> {
        let Some(person) = self.users.remove(place) else { return Vec::new() };
        person.user.keys.iter().filter_map(|key| self.keys.remove(&key.id)).collect()
    }
}

impl Person {
    /// What it may do by its own policies.
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity::These(&self.policies)
    }

    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }

    pub(crate) fn mentions(&self, key_prefix: &str) -> bool {
        self.policies.iter().any(|named| named.policy.mentions(key_prefix))
    }
}

impl Key {
    fn principal(&self) -> &Principal {
        match &self.owner {
            Owner::Root(principal) => principal,
            Owner::User(person) => &person.principal,
        }
    }

    fn identity(&self) -> Identity<'_> {
        match &self.owner {
            Owner::Root(_) => Identity::Everything,
            Owner::User(person) => person.identity(),
        }
    }

    fn person(&self) -> Option<&Arc<Person>> {
        match &self.owner {
            Owner::Root(_) => None,
            Owner::User(person) => Some(person),
        }
    }
}

impl Caller {
    fn new(account: String, claim: &sigv4::Claim<'_>, who: Who) -> Self {
        Self { account, region: claim.region().to_owned(), who }
    }

    /// Anybody, where no signatures are checked.
    pub(crate) fn anybody(account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned(), who: Who::Anybody }
    }

    /// Whoever has the store itself, for an account.
    pub(crate) fn owner(account: &str) -> Self {
        Self { account: account.to_owned(), region: String::new(), who: Who::Anybody }
    }

    /// Whether it is the account itself: it may do everything in it.
    pub(crate) fn is_root(&self) -> bool {
        match &self.who {
            Who::Anybody => true,
            Who::Key(key) => key.person().is_none(),
            Who::Session(session, key) => key.person().is_none() && session.policy.is_none(),
        }
    }

    /// Whether nobody checked who it is.
    pub(crate) fn is_anybody(&self) -> bool {
        match &self.who {
            Who::Anybody => true,
            Who::Key(_) | Who::Session(..) => false,
        }
    }

    /// The id of the access key, or of the session, that was shown.
    pub(crate) fn key_id(&self) -> Option<&str> {
        match &self.who {
            Who::Anybody => None,
            Who::Key(key) => Some(&key.id),
            Who::Session(session, _) => Some(session.id()),
        }
    }

    pub(crate) fn principal(&self) -> Cow<'_, Principal> {
        match &self.who {
            Who::Anybody => Cow::Owned(root(&self.account)),
            Who::Key(key) => Cow::Borrowed(key.principal()),
            Who::Session(session, _) => Cow::Borrowed(&session.principal),
        }
    }

    pub(crate) fn identity(&self) -> Identity<'_> {
        match &self.who {
            Who::Anybody => Identity::Everything,
            Who::Key(key) | Who::Session(_, key) => key.identity(),
        }
    }

    /// The user that asks, or whose session does.
    pub(crate) fn person(&self) -> Option<&Arc<Person>> {
        match &self.who {
            Who::Anybody => None,
            Who::Key(key) | Who::Session(_, key) => key.person(),
        }
    }

    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        match &self.who {
            Who::Anybody | Who::Key(_) => None,
            Who::Session(session, _) => Some(session),
        }
    }

    /// Whether its own policies ask about something whose name begins so.
    pub(crate) fn mentions(&self, key_prefix: &str) -> bool {
        let session = self.session().and_then(|session| session.policy.as_ref());
        self.person().is_some_and(|person| person.mentions(key_prefix))
            || session.is_some_and(|policy| policy.mentions(key_prefix))
    }
}

/// The account itself.
fn root(account: &str) -> Principal {
    Principal {
        arn: format!("arn:aws:iam::{account}:root"),
        account: account.to_owned(),
        kind: PrincipalKind::Root,
    }
}
