//! `/_pixii/admin/COMMAND`: users, their keys and policies, sessions, and what policies would decide.
//!
//! Commands and their members are called as IAM's are. A caller needs the IAM action of the command's name on the user's
//! ARN; whoever has the store itself needs none.

mod members;
mod simulate;

use auth::policy::{self, Budget, Context, Denied, Question};
use members::Members;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
pub use simulate::simulate_policy;

use crate::allow;
use crate::principals::{
    ADMINISTRATOR, Asked, Caller, Change, Person, Principals, SessionFault, SessionRequest,
    Standing, UserFault,
};

/// The user that a body is about, and the account that it names: for the audit log.
pub(crate) fn subject(body: &[u8]) -> (Option<String>, Option<String>) {
    let Ok(mut members) = Members::read(body) else { return (None, None) };
    let mut text = |name| members.optional::<String>(name).ok().flatten();
    (text("UserName"), text("Account"))
}

/// What is said to who makes the first user.
const NOTICE: &str =
    "From now on requests to this server must be signed with an access key of a user.";

/// What the path of each command begins with.
pub(crate) const PATH: &str = "/_pixii/admin/";

/// Why a command is not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminFault {
    /// A command that there is not.
    #[error("There is no command {0}. There are: {COMMANDS}", COMMANDS = COMMANDS.join(", "))]
    Command(String),
    /// A body that is no JSON object.
    #[error("The body is no JSON object: {0}")]
    Body(#[from] serde_json::Error),
    /// A member that is not what it should be.
    #[error("{name}: {source}")]
    Member {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A member that must be there.
    #[error("The request must contain {0}")]
    Missing(&'static str),
    /// An action without its service.
    #[error("The action {0} has no service: dynamodb:{0}")]
    Action(String),
    /// A member that the command does not know.
    #[error("The command does not know the member {0}")]
    Unknown(String),
    /// A user that cannot be changed so.
    #[error("{0}")]
    User(Box<dyn std::error::Error + Send + Sync>, Code),
    /// A caller who may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody else's account.
    #[error(
        "Only whoever has the server's folder (--data) names another account than the caller's"
    )]
    Account,
    /// A fault of ours.
    #[error("Internal server error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A kind of fault, by the name that it has in IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Code {
    DeleteConflict,
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
            Self::Command(_)
            | Self::Body(_)
            | Self::Member { .. }
            | Self::Missing(_)
            | Self::Unknown(_)
            | Self::Action(_) => Code::ValidationError,
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
            UserFault::LastUser => Code::DeleteConflict,
            UserFault::Closed => Code::AccessDenied,
            UserFault::Keys | UserFault::Policies | UserFault::Users => Code::LimitExceeded,
            UserFault::FirstUser
            | UserFault::Name
            | UserFault::PolicyName
            | UserFault::Account(_)
            | UserFault::Tags => Code::ValidationError,
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
    /// Whether it is whoever has the store itself.
    pub(crate) is_owner: bool,
}

impl Commander<'_> {
    fn standing(&self) -> Standing {
        match (self.is_owner, self.caller.is_anybody()) {
            (true, _) => Standing::Owner,
            (false, true) => Standing::Anybody,
            (false, false) => Standing::Known,
        }
    }
}

impl Principals {
    /// Does what a command says, as whoever has the store itself: for a program that nobody serves the store to. Takes
    /// and gives JSON.
    ///
    /// # Errors
    /// Why it is not done.
    pub async fn administer(&self, command: &str, body: &[u8]) -> Result<Vec<u8>, AdminFault> {
        let caller = Caller::owner(auth::sigv4::DEFAULT_ACCOUNT);
        let commander = Commander { caller: &caller, context: Context::default(), is_owner: true };
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
    let mut members = Members::read(body)?;
    let request = Request { principals, commander, command };
    let reply = match command {
        "ListUsers" => request.list_users(members)?,
        "GetSessionToken" => request.session(members)?,
        "SimulatePolicy" => simulate::run(&request, members)?,
        _ => {
            let name: String = members.required("UserName")?;
            let account = request.account(members.optional("Account")?)?;
            let change = change(command, &mut members)?;
            members.finish()?;
            let known = request.known(&account, &name, change.as_ref());
            let commander = Commander { context: known, ..*commander };
            let request = Request { commander: &commander, ..request };
            request.allow_user(&account, &name)?;
            match change {
                Some(change) => request.apply((&account, &name), change).await?,
                None => request.get_user(&account, name)?,
            }
        }
    };
    Ok(reply.to_string().into_bytes())
}

/// The change that a command about one user is; none where it only looks.
fn change(command: &str, members: &mut Members) -> Result<Option<Change>, AdminFault> {
    Ok(Some(match command {
        "CreateUser" => {
            let is_administrator: bool = members.optional("IsAdministrator")?.unwrap_or_default();
            let attached = is_administrator.then(|| ADMINISTRATOR.to_owned());
            Change::Create {
                attached: attached.into_iter().collect(),
                tags: pairs(members.optional("Tags")?.unwrap_or_default()),
                has_key: members.optional("CreateAccessKey")?.unwrap_or_default(),
            }
        }
        "DeleteUser" => Change::Delete,
        "CreateAccessKey" => Change::CreateKey,
        "RotateAccessKey" => Change::RotateKey(members.required("AccessKeyId")?),
        "DeleteAccessKey" => Change::DeleteKey(members.required("AccessKeyId")?),
        "UpdateAccessKey" => Change::SwitchKey {
            id: members.required("AccessKeyId")?,
            is_active: members.required::<Status>("Status")? == Status::Active,
        },
        "PutUserPolicy" => Change::PutPolicy {
            name: members.required("PolicyName")?,
            document: members
                .document("PolicyDocument")?
                .ok_or_else(|| missing("PolicyDocument"))?,
        },
        "AttachUserPolicy" => Change::Attach(members.required("PolicyArn")?),
        "DetachUserPolicy" => match members.optional("PolicyArn")? {
            Some(arn) => Change::Detach(arn),
            None => Change::Detach(members.required("PolicyName")?),
        },
        "TagUser" => Change::Tag(pairs(members.required("Tags")?)),
        "UntagUser" => Change::Untag(members.required("TagKeys")?),
        _ => return Ok(None),
    }))
}

fn missing(name: &'static str) -> AdminFault {
    AdminFault::Missing(name)
}

#[derive(Deserialize, Serialize, PartialEq, Eq)]
enum Status {
    Active,
    Inactive,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: String,
}

fn pairs(tags: Vec<Tag>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// A command on its way.
struct Request<'a> {
    principals: &'a Principals,
    commander: &'a Commander<'a>,
    command: &'static str,
}

impl<'a> Request<'a> {
    /// The account that a command is about.
    fn account(&self, asked: Option<String>) -> Result<String, AdminFault> {
        let Commander { caller, .. } = self.commander;
        match asked {
            Some(account) if account != caller.account && !caller.is_anybody() => {
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
        let Commander { caller, context, .. } = self.commander;
        if caller.is_root() {
            return Ok(());
        }
        let question = Question {
            principal: &caller.principal(),
            action,
            resource,
            resource_account: account,
            context,
        };
        Ok(allow::ask(caller, &question, None, &mut Budget::new())?)
    }

    /// What conditions can ask about a command, besides what is known of the request.
    fn known(&self, account: &str, name: &str, change: Option<&Change>) -> Context<'a> {
        let mut context = self.commander.context.clone();
        let person = self.principals.user(account, name);
        for (key, value) in person.iter().flat_map(|person| &person.user.tags) {
            for prefix in ["aws:ResourceTag", "iam:ResourceTag"] {
                context.put(format!("{prefix}/{key}"), value.clone());
            }
        }
        let tags = match change {
            Some(Change::Create { tags, .. } | Change::Tag(tags)) => tags.as_slice(),
            _ => &[],
        };
        for (key, value) in tags {
            context.put(format!("aws:RequestTag/{key}"), value.clone());
        }
        let keys: Vec<String> = match change {
            Some(Change::Untag(keys)) => keys.clone(),
            _ => tags.iter().map(|(key, _)| key.clone()).collect(),
        };
        if !keys.is_empty() {
            context.put_all("aws:TagKeys", keys);
        }
        let policy = match change {
            Some(Change::Attach(arn) | Change::Detach(arn)) => Some(arn.clone()),
            Some(Change::Create { attached, .. }) => attached.first().cloned(),
            _ => None,
        };
        if let Some(arn) = policy {
            context.put("iam:PolicyARN", arn);
        }
        context
    }

    /// Refuses a caller who may not do this to a user.
    fn allow_user(&self, account: &str, name: &str) -> Result<(), AdminFault> {
        self.allow(&format!("arn:aws:iam::{account}:user/{name}"), account)
    }

    fn list_users(&self, mut members: Members) -> Result<Value, AdminFault> {
        let account = self.account(members.optional("Account")?)?;
        members.finish()?;
        self.allow(&format!("arn:aws:iam::{account}:user/*"), &account)?;
        let users = self.principals.users(&account);
        let users: Vec<_> = users.iter().map(|person| summary(person)).collect();
        Ok(json!({ "Users": users }))
    }

    fn get_user(&self, account: &str, name: String) -> Result<Value, AdminFault> {
        let person = self.principals.user(account, &name);
        let person = person.ok_or(UserFault::NoUser(name))?;
        Ok(json!({
            "User": summary(&person),
            "AccessKeys": self.principals.described_keys(&person),
            "Policies": person.described_policies(),
        }))
    }

    fn session(&self, mut members: Members) -> Result<Value, AdminFault> {
        let request = SessionRequest {
            seconds: members.optional("DurationSeconds")?,
            name: members.optional("SessionName")?,
            policy: members.document("PolicyDocument")?,
        };
        members.finish()?;
        request.check()?;
        if let Some(name) = &request.name {
            let account = &self.commander.caller.account;
            let arn = format!("arn:aws:sts::{account}:federated-user/{name}");
            self.allow_as("sts:GetFederationToken", &arn, account)?;
        }
        let grant = self.principals.begin_session(self.commander.caller, request)?;
        Ok(json!({ "Credentials": {
            "AccessKeyId": grant.id,
            "SecretAccessKey": grant.secret,
            "SessionToken": grant.token,
            "Expiration": seconds(grant.expires_ms),
        }}))
    }

    /// Refuses a caller who may not give what a new user begins with.
    fn allow_gifts(
        &self,
        (account, name): (&str, &str),
        change: &Change,
    ) -> Result<(), AdminFault> {
        let Change::Create { attached, has_key, tags } = change else { return Ok(()) };
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        if !attached.is_empty() {
            self.allow_as("iam:AttachUserPolicy", &arn, account)?;
        }
        if !tags.is_empty() {
            self.allow_as("iam:TagUser", &arn, account)?;
        }
        if *has_key {
            self.allow_as("iam:CreateAccessKey", &arn, account)?;
        }
        Ok(())
    }

    async fn apply(
        &self,
        (account, name): (&str, &str),
        change: Change,
    ) -> Result<Value, AdminFault> {
        self.allow_gifts((account, name), &change)?;
        let shows_user = matches!(change, Change::Create { .. });
        let (principals, commander) = (self.principals, self.commander);
        let was_open = principals.is_open();
        let change = Asked { change, by: commander.standing() };
        let (person, key) = principals.change((account, name), change).await?;
        let mut reply = serde_json::Map::new();
        if let Some(person) = person.filter(|_| shows_user) {
            reply.insert("User".to_owned(), summary(&person));
        }
        if was_open && !principals.is_open() {
            reply.insert("Notice".to_owned(), NOTICE.into());
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
fn summary(person: &Person) -> Value {
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
    fn described_keys(&self, person: &Person) -> Vec<Value> {
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
    fn described_policies(&self) -> Vec<Value> {
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
