//! How users change: one change at a time, written down before it counts.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use auth::policy::{self, Kind, Policy};
use database::Registry;

use super::seal::{KeyError, random_text};
use super::user::{self, AccessKey, KEYS_MAX, POLICIES_MAX, POLICY_NAME_CHARACTERS_MAX, User};
use super::{Known, Person, Principals, managed};

/// Of what ids are made, as AWS's are: base 32.
pub(super) const ID_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Of what secrets are made: base 64.
pub(super) const SECRET_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+";
/// The most users of a server.
const USERS_MAX: usize = 5000;

/// A change of a user.
pub(crate) enum Change {
    /// A user that is not there yet, with these policies that the server brings, and perhaps a key.
    Create {
        attached: Vec<String>,
        tags: Vec<(String, String)>,
        has_key: bool,
    },
    /// The user goes, with its keys and policies.
    Delete,
    CreateKey,
    /// A new key; the old one is switched off.
    RotateKey(String),
    SwitchKey {
        id: String,
        is_active: bool,
    },
    DeleteKey(String),
    PutPolicy {
        name: String,
        document: String,
    },
    Attach(String),
    /// A policy by its name, or by its ARN.
    Detach(String),
    Tag(Vec<(String, String)>),
    Untag(Vec<String>),
}

/// A change, and who wants it.
pub(crate) struct Asked {
    pub(crate) change: Change,
    pub(crate) by: Standing,
}

/// What is known of who wants a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Whoever has the store itself.
    Owner,
    /// Anybody: no signatures were checked.
    Anybody,
    /// Somebody who has signed, and may.
    Known,
}

/// A key that was just made. Nobody will see its secret again.
pub(crate) struct NewKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) created_ms: u64,
}

/// Why a user is not changed. The texts are IAM's, as far as it has them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserFault {
    #[error(
        "The first user closes this server to all who do not sign, so it must be an administrator with an access key: IsAdministrator and CreateAccessKey (pixii user create NAME --administrator)"
    )]
    FirstUser,
    #[error(
        "Without its last user this server would be open to everybody. Stop it, and delete the user in its folder (pixii user delete NAME --data FOLDER)"
    )]
    LastUser,
    #[error("Signatures are checked here by now: sign with a key of a user")]
    Closed,
    #[error("The user with name {0} cannot be found.")]
    NoUser(String),
    #[error("User with name {0} already exists.")]
    Exists(String),
    #[error("The Access Key with id {0} cannot be found")]
    NoKey(String),
    #[error("The user policy with name {0} cannot be found.")]
    NoPolicy(String),
    #[error("Policy {0} does not exist or is not attachable. There are: {ARNS}", ARNS = managed::ARNS.join(", "))]
    NotManaged(String),
    #[error(
        "Cannot exceed quota for AccessKeysPerUser: {KEYS_MAX}. Delete one that is switched off first"
    )]
    Keys,
    #[error("Cannot exceed quota for PoliciesPerUser: {POLICIES_MAX}")]
    Policies,
    #[error("Cannot exceed quota for UsersPerServer: {USERS_MAX}")]
    Users,
    #[error("A user's name has 1 to 64 letters, digits or characters of _+=,.@-")]
    Name,
    #[error(
        "A policy's name has 1 to {POLICY_NAME_CHARACTERS_MAX} letters, digits or characters of _+=,.@-"
    )]
    PolicyName,
    #[error("The account {0} is not of 12 digits")]
    Account(String),
    #[error(
        "A tag has a key of 1 to 128 characters and a value of up to 256, and a user has 50 at most"
    )]
    Tags,
    #[error("{0}")]
    Document(#[from] policy::Fault),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the users were changed by somebody else meanwhile: try again")]
    Meanwhile,
    #[error(transparent)]
    Database(#[from] database::Error),
    #[error(transparent)]
    Load(#[from] Box<crate::Error>),
}

impl Principals {
    /// Changes a user of an account. The user as it then is, unless it is gone, and the key that was made, if one was.
    ///
    /// # Errors
    /// Why nothing is changed.
    pub(crate) async fn change(
        &self,
        (account, name): (&str, &str),
        Asked { change, by }: Asked,
    ) -> Result<(Option<Arc<Person>>, Option<NewKey>), UserFault> {
        let _changing = self.changing.lock().await;
        let known = self.known();
        self.check_door(&known, &change, by)?;
        let place = User::place(account, name);
        let old = known.users.get(&place).cloned();
        let (new, key) = match (&old, change) {
            (None, Change::Create { attached, tags, has_key }) => {
                if known.users.len() >= USERS_MAX {
                    return Err(UserFault::Users);
                }
                let mut user = self.created((account, name), attached, tags)?;
                let key = if has_key { Some(self.add_key(&mut user)?) } else { None };
                (Some(user), key)
            }
            (None, _) => return Err(UserFault::NoUser(name.to_owned())),
            (Some(_), Change::Create { .. }) => return Err(UserFault::Exists(name.to_owned())),
            (Some(_), Change::Delete) => (None, None),
            (Some(person), change) => {
                let mut user = person.user.clone();
                let key = self.edit(&mut user, change)?;
                (Some(user), key)
            }
        };
        let row = new.as_ref().map(User::encode);
        let mut next = Known::clone(&known);
        match (new, &row) {
            (Some(user), Some(row)) => {
                next.add(user, row.clone(), &self.seal).map_err(Box::new)?;
            }
            (_, _) => drop(next.remove(&place)),
        }
        let before = old.as_ref().map(|person| &person.row);
        let registered = self.database.register((Registry::User, &place), before, row).await;
        match registered {
            Ok(true) => {
                let person = next.users.get(&place).cloned();
                self.know(next);
                Ok((person, key))
            }
            // What is written down counts, whatever came of this.
            Ok(false) => {
                self.reload().await?;
                Err(UserFault::Meanwhile)
            }
            Err(error) => {
                self.reload().await?;
                Err(error.into())
            }
        }
    }

    fn know(&self, known: Known) {
        let has_anybody = !self.roots.is_empty() || !known.users.is_empty();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        self.has_anybody.store(has_anybody, Ordering::Release);
    }

    /// Reads all users again.
    async fn reload(&self) -> Result<(), UserFault> {
        let known = Known::read(&self.database, &self.seal).await.map_err(Box::new)?;
        self.know(known);
        Ok(())
    }

    /// Refuses what would leave nobody who can administer a server that is open yet, or open one to everybody.
    fn check_door(&self, known: &Known, change: &Change, by: Standing) -> Result<(), UserFault> {
        let is_open = self.is_open();
        if by == Standing::Owner {
            return Ok(());
        }
        if by == Standing::Anybody && !is_open {
            return Err(UserFault::Closed);
        }
        match change {
            Change::Create { attached, has_key, .. } if is_open => {
                let is_administrator = attached.iter().any(|arn| arn == managed::ADMINISTRATOR);
                if is_administrator && *has_key { Ok(()) } else { Err(UserFault::FirstUser) }
            }
            Change::Delete if self.roots.is_empty() && known.users.len() == 1 => {
                Err(UserFault::LastUser)
            }
            Change::Create { .. }
            | Change::Delete
            | Change::CreateKey
            | Change::RotateKey(_)
            | Change::SwitchKey { .. }
            | Change::DeleteKey(_)
            | Change::PutPolicy { .. }
            | Change::Attach(_)
            | Change::Detach(_)
            | Change::Tag(_)
            | Change::Untag(_) => Ok(()),
        }
    }

    fn created(
        &self,
        (account, name): (&str, &str),
        attached: Vec<String>,
        tags: Vec<(String, String)>,
    ) -> Result<User, UserFault> {
        if !user::is_name(name) {
            return Err(UserFault::Name);
        }
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UserFault::Account(account.to_owned()));
        }
        let mut user = User {
            account: account.to_owned(),
            name: name.to_owned(),
            id: format!("AIDA{}", random_text::<17>(ID_ALPHABET)),
            created_ms: self.clock.now_ms(),
            keys: Vec::new(),
            policies: BTreeMap::new(),
            attached,
            tags: BTreeMap::new(),
        };
        tag(&mut user, tags)?;
        Ok(user)
    }

    fn edit(&self, user: &mut User, change: Change) -> Result<Option<NewKey>, UserFault> {
        match change {
            // Both are about the user as a whole.
            Change::Create { .. } | Change::Delete => Ok(None),
            Change::CreateKey => self.add_key(user).map(Some),
            Change::RotateKey(id) => {
                switch(user, &id, false)?;
                self.add_key(user).map(Some)
            }
            Change::SwitchKey { id, is_active } => switch(user, &id, is_active).map(|()| None),
            Change::DeleteKey(id) => {
                let before = user.keys.len();
                user.keys.retain(|key| key.id != id);
                if user.keys.len() == before { Err(UserFault::NoKey(id)) } else { Ok(None) }
            }
            Change::PutPolicy { name, document } => {
                if !user::has_name_characters(&name, POLICY_NAME_CHARACTERS_MAX) {
                    return Err(UserFault::PolicyName);
                }
                Policy::parse(&document, Kind::Identity)?;
                user.policies.insert(name, document);
                check_policies(user).map(|()| None)
            }
            Change::Attach(arn) => {
                if managed::document(&arn).is_none() {
                    return Err(UserFault::NotManaged(arn));
                }
                if !user.attached.contains(&arn) {
                    user.attached.push(arn);
                }
                check_policies(user).map(|()| None)
            }
            Change::Detach(name) => {
                let before = user.attached.len();
                user.attached.retain(|arn| *arn != name);
                let is_gone = user.attached.len() < before || user.policies.remove(&name).is_some();
                if is_gone { Ok(None) } else { Err(UserFault::NoPolicy(name)) }
            }
            Change::Tag(tags) => tag(user, tags).map(|()| None),
            Change::Untag(keys) => {
                user.tags.retain(|key, _| !keys.contains(key));
                Ok(None)
            }
        }
    }

    fn add_key(&self, user: &mut User) -> Result<NewKey, UserFault> {
        if user.keys.len() >= KEYS_MAX {
            return Err(UserFault::Keys);
        }
        let id = format!("AKIA{}", random_text::<16>(ID_ALPHABET));
        let secret = random_text::<40>(SECRET_ALPHABET);
        let created_ms = self.clock.now_ms();
        let sealed = self.seal.seal(&id, &secret)?;
        user.keys.push(AccessKey { id: id.clone(), sealed, is_active: true, created_ms });
        Ok(NewKey { id, secret, created_ms })
    }
}

fn switch(user: &mut User, id: &str, is_active: bool) -> Result<(), UserFault> {
    let key = user.keys.iter_mut().find(|key| key.id == id);
    key.ok_or_else(|| UserFault::NoKey(id.to_owned()))?.is_active = is_active;
    Ok(())
}

fn check_policies(user: &User) -> Result<(), UserFault> {
    let count = user.policies.len() + user.attached.len();
    if count <= POLICIES_MAX { Ok(()) } else { Err(UserFault::Policies) }
}

fn tag(user: &mut User, tags: Vec<(String, String)>) -> Result<(), UserFault> {
    let is_sound = |(key, value): &(String, String)| {
        let (key, value) = (key.chars().count(), value.chars().count());
        (1..=128).contains(&key) && value <= 256
    };
    if !tags.iter().all(is_sound) {
        return Err(UserFault::Tags);
    }
    user.tags.extend(tags);
    if user.tags.len() <= 50 { Ok(()) } else { Err(UserFault::Tags) }
}
