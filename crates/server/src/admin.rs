//! `/_pixii/admin/COMMAND`: users, their keys and policies, sessions, and what policies would decide.
//!
//! Commands and their members are called as IAM's are. A caller needs the IAM action of the command's name on the user's
//! ARN; whoever has the store itself needs none.

mod simulate;

use auth::policy::{self, Context, Decision, Denied, Policies, Question};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
pub use simulate::simulate_policy;

use crate::principals::{
    ADMINISTRATOR, Caller, Change, Person, Principals, SessionFault, SessionRequest, UserFault,
};

/// What the path of each command begins with.
pub(crate) const PATH: &str = "/_pixii/admin/";

/// Why a command is not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminFault {
    /// A command that there is not.
    #[error("There is no command {0}. There are: {COMMANDS}", COMMANDS = COMMANDS.join(", "))]
    Command(String),
    /// A body that does not fit the command.
    #[error("{0}")]
    Body(#[from] serde_json::Error),
    /// A user that cannot be changed so.
    #[error("{0}")]
    User(Box<dyn std::error::Error + Send + Sync>, Code),
    /// A caller who may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody else's account.
    #[error("Only the root of a server may name another account than its own")]
    Account,
    /// A fault of ours.
    #[error("Internal server error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A kind of fault, by the name that it has in IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Code {
    NoSuchEntity,
    EntityAlreadyExists,
    LimitExceeded,
    MalformedPolicyDocument,
    ValidationError,
    AccessDenied,
    ServiceFailure,
}

impl AdminFault {
    /// The kind.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Command(_) | Self::Body(_) => Code::ValidationError,
            Self::User(_, code) => *code,
            Self::Denied(_) | Self::Account => Code::AccessDenied,
            Self::Internal(_) => Code::ServiceFailure,
        }
    }
}

impl From<UserFault> for AdminFault {
    fn from(fault: UserFault) -> Self {
        let code = match &fault {
            UserFault::NoUser(_)
            | UserFault::NoKey(_)
            | UserFault::NoPolicy(_)
            | UserFault::NotManaged(_) => Code::NoSuchEntity,
            UserFault::Exists(_) | UserFault::Meanwhile => Code::EntityAlreadyExists,
            UserFault::Keys | UserFault::Policies | UserFault::Users => Code::LimitExceeded,
            UserFault::Name | UserFault::Account(_) | UserFault::Tags => Code::ValidationError,
            UserFault::Document(_) => Code::MalformedPolicyDocument,
            UserFault::Key(_) | UserFault::Database(_) | UserFault::Load(_) => {
                return Self::Internal(Box::new(fault));
            }
        };
        Self::User(Box::new(fault), code)
    }
}

impl From<SessionFault> for AdminFault {
    fn from(fault: SessionFault) -> Self {
        let code = match &fault {
            SessionFault::Open | SessionFault::Duration | SessionFault::Name => {
                Code::ValidationError
            }
            SessionFault::OfSession => Code::AccessDenied,
            SessionFault::Policy(_) => Code::MalformedPolicyDocument,
            SessionFault::Key(_) => return Self::Internal(Box::new(fault)),
        };
        Self::User(Box::new(fault), code)
    }
}

impl From<policy::Fault> for AdminFault {
    fn from(fault: policy::Fault) -> Self {
        Self::User(Box::new(fault), Code::MalformedPolicyDocument)
    }
}

/// The commands.
const COMMANDS: [&str; 15] = [
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateUser",
    "DeleteAccessKey",
    "DeleteUser",
    "DetachUserPolicy",
    "GetSessionToken",
    "GetUser",
    "ListUsers",
    "PutUserPolicy",
    "RotateAccessKey",
    "SimulatePolicy",
    "TagUser",
    "UntagUser",
    "UpdateAccessKey",
];

/// Who gives a command, and what is known of the request.
pub(crate) struct Commander<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) context: Context<'a>,
}

impl Principals {
    /// Does what a command says, as whoever has the store itself: for a program that nobody serves the store to. Takes
    /// and gives JSON.
    ///
    /// # Errors
    /// Why it is not done.
    pub async fn administer(&self, command: &str, body: &[u8]) -> Result<Vec<u8>, AdminFault> {
        let caller = Caller::owner(auth::sigv4::DEFAULT_ACCOUNT);
        let commander = Commander { caller: &caller, context: Context::default() };
        run(self, &commander, command, body).await
    }
}

/// Does what a command says.
pub(crate) async fn run(
    principals: &Principals,
    commander: &Commander<'_>,
    command: &str,
    body: &[u8],
) -> Result<Vec<u8>, AdminFault> {
    let Some(command) = COMMANDS.into_iter().find(|known| *known == command) else {
        return Err(AdminFault::Command(command.to_owned()));
    };
    let body: &[u8] = if body.trim_ascii().is_empty() { b"{}" } else { body };
    let request = Request { principals, commander, command };
    let reply = match command {
        "CreateUser" => request.create_user(read(body)?).await?,
        "ListUsers" => request.list_users(&read(body)?)?,
        "GetSessionToken" => request.session(read(body)?)?,
        "SimulatePolicy" => simulate::run(&request, read(body)?)?,
        "GetUser" => request.get_user(&read(body)?)?,
        "CreateAccessKey" => request.change::<Named>(body, |_| Change::CreateKey).await?,
        "DeleteUser" => request.change::<Named>(body, |_| Change::Delete).await?,
        "RotateAccessKey" => request.change(body, |KeyOf { id }| Change::RotateKey(id)).await?,
        "DeleteAccessKey" => request.change(body, |KeyOf { id }| Change::DeleteKey(id)).await?,
        "UpdateAccessKey" => {
            let change = |Switch { id, status }: Switch| Change::SwitchKey {
                id,
                is_active: status == Status::Active,
            };
            request.change(body, change).await?
        }
        "PutUserPolicy" => {
            let change = |Put { name, document }: Put| Change::PutPolicy {
                name,
                document: document.into_text(),
            };
            request.change(body, change).await?
        }
        "AttachUserPolicy" => request.change(body, |Attached { arn }| Change::Attach(arn)).await?,
        "DetachUserPolicy" => {
            let change = |detach: Detached| match detach {
                Detached::Arn { name } | Detached::Name { name } => Change::Detach(name),
            };
            request.change(body, change).await?
        }
        "TagUser" => request.change(body, |Tags { tags }| Change::Tag(pairs(tags))).await?,
        "UntagUser" => request.change(body, |Untag { keys }| Change::Untag(keys)).await?,
        other => return Err(AdminFault::Command(other.to_owned())),
    };
    Ok(reply.to_string().into_bytes())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminFault> {
    Ok(serde_json::from_slice(body)?)
}

/// A user whom a command is about, and what else its body has.
#[derive(Deserialize)]
struct About<T> {
    #[serde(rename = "UserName")]
    name: String,
    #[serde(rename = "Account")]
    account: Option<String>,
    #[serde(flatten)]
    rest: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyOf {
    #[serde(rename = "AccessKeyId")]
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    #[serde(rename = "AccessKeyId")]
    id: String,
    #[serde(rename = "Status")]
    status: Status,
}

#[derive(Deserialize, Serialize, PartialEq, Eq)]
enum Status {
    Active,
    Inactive,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    #[serde(rename = "PolicyName")]
    name: String,
    #[serde(rename = "PolicyDocument")]
    document: Document,
}

/// A policy as JSON in a text, as AWS has it, or as it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Text(String),
    Json(Box<serde_json::value::RawValue>),
}

impl Document {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Json(json) => json.get().to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attached {
    #[serde(rename = "PolicyArn")]
    arn: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Detached {
    Arn {
        #[serde(rename = "PolicyArn")]
        name: String,
    },
    Name {
        #[serde(rename = "PolicyName")]
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tags {
    #[serde(rename = "Tags")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Untag {
    #[serde(rename = "TagKeys")]
    keys: Vec<String>,
}

fn pairs(tags: Vec<Tag>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateUser {
    user_name: String,
    account: Option<String>,
    #[serde(default)]
    is_administrator: bool,
    #[serde(default)]
    create_access_key: bool,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListUsers {
    account: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetSessionToken {
    duration_seconds: Option<u64>,
    session_name: Option<String>,
    policy_document: Option<Document>,
}

/// A command on its way.
struct Request<'a> {
    principals: &'a Principals,
    commander: &'a Commander<'a>,
    command: &'static str,
}

impl Request<'_> {
    /// The account that a command is about.
    fn account(&self, asked: Option<String>) -> Result<String, AdminFault> {
        let Commander { caller, .. } = self.commander;
        match asked {
            Some(account) if account != caller.account && !caller.is_root() => {
                Err(AdminFault::Account)
            }
            Some(account) => Ok(account),
            None => Ok(caller.account.clone()),
        }
    }

    /// Refuses a caller who may not do this to a resource of an account.
    fn allow(&self, resource: &str, account: &str) -> Result<(), AdminFault> {
        self.allow_as(&format!("iam:{}", self.command), resource, account)
    }

    fn allow_as(&self, action: &str, resource: &str, account: &str) -> Result<(), AdminFault> {
        let Commander { caller, context } = self.commander;
        if caller.is_root() {
            return Ok(());
        }
        let principal = caller.principal();
        let question = Question {
            principal: &principal,
            action,
            resource,
            resource_account: account,
            context,
        };
        let session = caller.session().and_then(|session| session.policy.as_ref());
        let policies = Policies { identity: caller.identity(), session, resource: None };
        match policy::decide(&policies, &question) {
            Decision::Allowed(_) => Ok(()),
            Decision::Denied(why) => Err(Denied::new(&question, &why).into()),
        }
    }

    /// Refuses a caller who may not do this to a user.
    fn allow_user(&self, account: &str, name: &str) -> Result<(), AdminFault> {
        self.allow(&format!("arn:aws:iam::{account}:user/{name}"), account)
    }

    async fn create_user(&self, asked: CreateUser) -> Result<serde_json::Value, AdminFault> {
        let account = self.account(asked.account)?;
        let name = asked.user_name;
        self.allow_user(&account, &name)?;
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        if asked.is_administrator {
            self.allow_as("iam:AttachUserPolicy", &arn, &account)?;
        }
        if asked.create_access_key {
            self.allow_as("iam:CreateAccessKey", &arn, &account)?;
        }
        let attached = asked.is_administrator.then(|| ADMINISTRATOR.to_owned());
        let create = Change::Create {
            attached: attached.into_iter().collect(),
            tags: pairs(asked.tags),
            has_key: asked.create_access_key,
        };
        self.apply((&account, &name), create).await
    }

    fn list_users(&self, asked: &ListUsers) -> Result<serde_json::Value, AdminFault> {
        let account = self.account(asked.account.clone())?;
        self.allow(&format!("arn:aws:iam::{account}:user/*"), &account)?;
        let users = self.principals.users(&account);
        let users: Vec<_> = users.iter().map(|person| summary(person)).collect();
        Ok(json!({ "Users": users }))
    }

    fn get_user(&self, asked: &About<Named>) -> Result<serde_json::Value, AdminFault> {
        let account = self.account(asked.account.clone())?;
        self.allow_user(&account, &asked.name)?;
        let person = self.principals.user(&account, &asked.name);
        let person = person.ok_or_else(|| UserFault::NoUser(asked.name.clone()))?;
        Ok(json!({
            "User": summary(&person),
            "AccessKeys": self.principals.described_keys(&person),
            "Policies": person.described_policies(),
        }))
    }

    fn session(&self, asked: GetSessionToken) -> Result<serde_json::Value, AdminFault> {
        let request = SessionRequest {
            seconds: asked.duration_seconds,
            name: asked.session_name,
            policy: asked.policy_document.map(Document::into_text),
        };
        let grant = self.principals.begin_session(self.commander.caller, request)?;
        Ok(json!({ "Credentials": {
            "AccessKeyId": grant.id,
            "SecretAccessKey": grant.secret,
            "SessionToken": grant.token,
            "Expiration": seconds(grant.expires_ms),
        }}))
    }

    async fn change<T: DeserializeOwned>(
        &self,
        body: &[u8],
        change: impl FnOnce(T) -> Change,
    ) -> Result<serde_json::Value, AdminFault> {
        let About { name, account, rest } = read::<About<T>>(body)?;
        let account = self.account(account)?;
        self.allow_user(&account, &name)?;
        self.apply((&account, &name), change(rest)).await
    }

    async fn apply(
        &self,
        (account, name): (&str, &str),
        change: Change,
    ) -> Result<serde_json::Value, AdminFault> {
        let shows_user = matches!(change, Change::Create { .. });
        let (person, key) = self.principals.change((account, name), change).await?;
        let mut reply = serde_json::Map::new();
        if let Some(person) = person.filter(|_| shows_user) {
            reply.insert("User".to_owned(), summary(&person));
        }
        if let Some(key) = key {
            let key = json!({
                "UserName": name,
                "AccessKeyId": key.id,
                "SecretAccessKey": key.secret,
                "Status": Status::Active,
                "CreateDate": seconds(key.created_ms),
            });
            reply.insert("AccessKey".to_owned(), key);
        }
        Ok(reply.into())
    }
}

/// What there is to say of a user in a list.
fn summary(person: &Person) -> serde_json::Value {
    let user = &person.user;
    json!({
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn(),
        "CreateDate": seconds(user.created_ms),
        "Tags": user.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>(),
    })
}

impl Principals {
    fn described_keys(&self, person: &Person) -> Vec<serde_json::Value> {
        let key = |key: &crate::principals::AccessKey| {
            let status = if key.is_active { Status::Active } else { Status::Inactive };
            let mut shown = json!({
                "AccessKeyId": key.id,
                "Status": status,
                "CreateDate": seconds(key.created_ms),
            });
            if let (Some(used_ms), Some(map)) = (self.used_ms(&key.id), shown.as_object_mut()) {
                map.insert("LastUsedDate".to_owned(), seconds(used_ms).into());
            }
            shown
        };
        person.user.keys.iter().map(key).collect()
    }
}

impl Person {
    fn described_policies(&self) -> Vec<serde_json::Value> {
        let own = self.user.policies.iter();
        let own =
            own.map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": document}));
        let attached = self.user.attached.iter().map(|arn| json!({ "PolicyArn": arn }));
        own.chain(attached).collect()
    }
}

/// A time as replies have it.
#[expect(clippy::cast_precision_loss, reason = "a time is far below 2^53")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}
