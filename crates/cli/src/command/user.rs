//! `pixii user` and `pixii policy`: who may do what.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::PlaceArguments;

pub(super) const USER_ABOUT: &str = "\
Make users, their access keys and their policies.

Asks a running server as `pixii query` does, or with --data changes the folder of a database that nobody serves. As soon as there is
a user, requests must be signed with a key of one: make the first one an administrator, who may make the others.

The exit status is 0 where it was done, 1 where it was refused, and 2 where nobody could be asked.";

pub(super) const USER_EXAMPLES: &str = "\
Examples:
  pixii user create admin --administrator --data ./data
      Make the first administrator, before the server is started. The secret is shown once.

  pixii user create app
  pixii user policy attach app arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess
  pixii user policy attach app --name orders --file orders.json
      Make a user for an application, and say what it may do in policies as AWS has them.

  pixii user key rotate app AKIAEXAMPLE
      Give it a new key, and switch the old one off.";

/// What `pixii user` can be told.
#[derive(Args)]
pub(crate) struct UserArguments {
    #[command(subcommand)]
    pub(crate) verb: UserVerb,

    #[command(flatten)]
    pub(crate) target: AdminTarget,
}

#[derive(Subcommand)]
pub(crate) enum UserVerb {
    /// Make a user with an access key, whose secret is shown once.
    #[command(
        after_help = "Examples:\n  pixii user create admin --administrator --data ./data\n  pixii user create app --tag team=orders"
    )]
    Create {
        /// The name: letters, digits and characters of _+=,.@-
        name: String,
        /// Let the user do everything.
        #[arg(long)]
        administrator: bool,
        /// Make no access key.
        #[arg(long)]
        no_key: bool,
        /// A tag, which policies know as aws:PrincipalTag/KEY. May be given several times.
        #[arg(long, value_name = "KEY=VALUE")]
        tag: Vec<String>,
    },
    /// List the users.
    #[command(after_help = "Examples:\n  pixii user list\n  pixii user list --output json")]
    List,
    /// Describe a user: keys and policies.
    #[command(after_help = "Examples:\n  pixii user describe app")]
    Describe {
        /// The user.
        name: String,
    },
    /// Delete a user with its keys and policies.
    #[command(after_help = "Examples:\n  pixii user delete app")]
    Delete {
        /// The user.
        name: String,
    },
    /// Make, rotate, disable, enable and delete access keys.
    #[command(
        subcommand,
        after_help = "Examples:\n  pixii user key create app\n  pixii user key rotate app AKIAEXAMPLE"
    )]
    Key(KeyVerb),
    /// Attach and detach policies.
    #[command(
        subcommand,
        after_help = "Examples:\n  pixii user policy attach app arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess\n  pixii user policy attach app --name orders --file orders.json\n  pixii user policy detach app orders"
    )]
    Policy(UserPolicyVerb),
    /// Give a user tags, over those with the same keys.
    #[command(after_help = "Examples:\n  pixii user tag app team=orders stage=test")]
    Tag {
        /// The user.
        name: String,
        /// Tags, which policies know as aws:PrincipalTag/KEY.
        #[arg(value_name = "KEY=VALUE", required = true)]
        tags: Vec<String>,
    },
    /// Take tags away from a user.
    #[command(after_help = "Examples:\n  pixii user untag app stage")]
    Untag {
        /// The user.
        name: String,
        /// The keys of the tags.
        #[arg(value_name = "KEY", required = true)]
        keys: Vec<String>,
    },
    /// Get credentials that last for a time, for oneself.
    #[command(after_help = "Examples:\n  eval \"$(pixii user session --duration 3600)\"")]
    Session {
        /// How long they last, in seconds: 900 to 129600. [default: 43200]
        #[arg(long, value_name = "SECONDS")]
        duration: Option<u64>,
        /// A name, by which policies can tell the session from its user.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// A file with a policy that the session is cut down to.
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(crate) enum KeyVerb {
    /// Make another access key, whose secret is shown once. A user has two at most.
    #[command(after_help = "Examples:\n  pixii user key create app")]
    Create {
        /// The user.
        name: String,
    },
    /// Make another access key, and switch the old one off.
    #[command(after_help = "Examples:\n  pixii user key rotate app AKIAEXAMPLE")]
    Rotate {
        /// The user.
        name: String,
        /// The id of the old key.
        key_id: String,
    },
    /// Switch an access key off.
    #[command(after_help = "Examples:\n  pixii user key disable app AKIAEXAMPLE")]
    Disable {
        /// The user.
        name: String,
        /// The key's id.
        key_id: String,
    },
    /// Switch an access key on again.
    #[command(after_help = "Examples:\n  pixii user key enable app AKIAEXAMPLE")]
    Enable {
        /// The user.
        name: String,
        /// The key's id.
        key_id: String,
    },
    /// Delete an access key.
    #[command(after_help = "Examples:\n  pixii user key delete app AKIAEXAMPLE")]
    Delete {
        /// The user.
        name: String,
        /// The key's id.
        key_id: String,
    },
}

#[derive(Subcommand)]
pub(crate) enum UserPolicyVerb {
    /// Let a user do what a policy says: one of a file under a name, or one that Pixii brings.
    #[command(
        after_help = "Examples:\n  pixii user policy attach app arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess\n  pixii user policy attach app --name orders --file orders.json"
    )]
    Attach {
        /// The user.
        name: String,
        /// arn:aws:iam::aws:policy/AdministratorAccess, …/AmazonDynamoDBFullAccess or …/AmazonDynamoDBReadOnlyAccess.
        #[arg(value_name = "ARN", required_unless_present = "file", conflicts_with_all = ["file", "policy"])]
        arn: Option<String>,
        /// A file with a policy, as AWS has them.
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "policy")]
        file: Option<PathBuf>,
        /// The name to keep it under.
        #[arg(long = "name", value_name = "NAME", requires = "file")]
        policy: Option<String>,
    },
    /// Take a policy away from a user.
    #[command(after_help = "Examples:\n  pixii user policy detach app orders")]
    Detach {
        /// The user.
        name: String,
        /// The policy's name or ARN.
        policy: String,
    },
}

/// What `pixii policy` can be told.
#[derive(Args)]
pub(crate) struct PolicyArguments {
    #[command(subcommand)]
    pub(crate) verb: PolicyVerb,

    #[command(flatten)]
    pub(crate) target: AdminTarget,
}

#[derive(Subcommand)]
pub(crate) enum PolicyVerb {
    /// Tell whether policies allow actions on resources, and which statement decides.
    #[command(long_about = SIMULATE_ABOUT, after_long_help = SIMULATE_EXAMPLES)]
    Simulate {
        /// A file with a policy of who asks. May be given several times.
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: Vec<PathBuf>,
        /// A user, whose policies count too.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// An action, such as dynamodb:GetItem. May be given several times.
        #[arg(long, value_name = "ACTION", required = true)]
        action: Vec<String>,
        /// The ARN of a resource. May be given several times. [default: *]
        #[arg(long, value_name = "ARN")]
        resource: Vec<String>,
        /// A condition key and its value: aws:SourceIp=192.0.2.1. A key given several times has several values.
        #[arg(long, value_name = "KEY=VALUE")]
        context: Vec<String>,
        /// A file with the policy of the resource.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        resource_policy: Option<PathBuf>,
    },
}

const SIMULATE_ABOUT: &str = "\
Tell whether policies allow actions on resources, and which statement decides.

Without --user nobody is asked. The exit status is 0 where all is allowed, 1 where something is not, and 2 where it cannot be told.";

pub(super) const SIMULATE_EXAMPLES: &str = "\
Examples:
  pixii policy simulate --file orders.json --action dynamodb:PutItem --context aws:SourceIp=192.0.2.1
  pixii policy simulate --user ada --action dynamodb:DeleteTable";

/// Whom `pixii user` and `pixii policy` ask.
#[derive(Args)]
pub(crate) struct AdminTarget {
    /// The folder of a database that nobody serves, instead of a server.
    #[arg(long, global = true, value_name = "FOLDER", value_hint = ValueHint::DirPath, conflicts_with = "endpoint")]
    pub(crate) data: Option<PathBuf>,

    /// With --data, the file with the key that secrets are sealed with, made if it is not there. [default: secrets.key in the
    /// folder]
    #[arg(long, global = true, env = "PIXII_KEY_FILE", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key_file: Option<PathBuf>,

    /// The account. [default: the caller's; 123456789012]
    #[arg(long, global = true, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,

    /// Write without being asked, over a connection that asks before it writes.
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,

    /// How to print the reply. [default: text]
    #[arg(long, short, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<AdminOutput>,
}

/// How something is told.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AdminOutput {
    Text,
    Json,
}
