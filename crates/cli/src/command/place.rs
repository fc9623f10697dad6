//! Where to ask and as whom: the options that all commands share which ask somebody.

#![expect(clippy::doc_markdown, reason = "these comments are the help, which is read as it stands")]

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};

/// Whom a command asks.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct PlaceArguments {
    /// A saved connection (`pixii connect`). Options beside it count before what it says. [default: the one of `pixii connect
    /// default`, where no endpoint is named]
    #[arg(long, short, global = true, env = "PIXII_CONNECTION", value_name = "NAME")]
    pub(crate) connection: Option<String>,

    /// A URL, or `aws` for Amazon's in the Region. [default: AWS_ENDPOINT_URL_DYNAMODB, else http://127.0.0.1:8000]
    #[arg(long, global = true, env = "PIXII_ENDPOINT", value_name = "URL")]
    pub(crate) endpoint: Option<String>,

    /// The Region. [default: AWS_REGION, else us-east-1]
    #[arg(long, global = true, env = "PIXII_REGION", value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// The access key id. [default: AWS_ACCESS_KEY_ID; an open server takes any]
    #[arg(long, global = true, env = "PIXII_ACCESS_KEY_ID", value_name = "ID")]
    pub(crate) access_key_id: Option<String>,

    /// The secret access key. [default: AWS_SECRET_ACCESS_KEY]
    #[arg(
        long,
        global = true,
        env = "PIXII_SECRET_ACCESS_KEY",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub(crate) secret_access_key: Option<String>,

    /// The session token of temporary credentials. [default: AWS_SESSION_TOKEN]
    #[arg(
        long,
        global = true,
        env = "PIXII_SESSION_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub(crate) session_token: Option<String>,

    /// A profile of the AWS tools (~/.aws/config), in place of keys.
    #[arg(long, global = true, env = "PIXII_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The ARN of a role to take on.
    #[arg(long, global = true, env = "PIXII_ROLE_ARN", value_name = "ARN")]
    pub(crate) role_arn: Option<String>,

    /// What the owner of the role wants to hear.
    #[arg(
        long,
        global = true,
        env = "PIXII_EXTERNAL_ID",
        value_name = "ID",
        hide_env_values = true
    )]
    pub(crate) external_id: Option<String>,
}

impl PlaceArguments {
    /// What stands on the command line that was read as `matches`, without what is of the environment; but for the secret
    /// and the session token of a key that stands there, which are better not typed.
    pub(crate) fn typed(&self, matches: &ArgMatches) -> Self {
        let mut matches = matches;
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        let is_typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let typed = |id, value: &Option<String>| value.clone().filter(|_| is_typed(id));
        let has_key = is_typed("access_key_id");
        let of_key = |id, value: &Option<String>| value.clone().filter(|_| has_key || is_typed(id));
        Self {
            connection: self.connection.clone(),
            endpoint: typed("endpoint", &self.endpoint),
            region: typed("region", &self.region),
            access_key_id: typed("access_key_id", &self.access_key_id),
            secret_access_key: of_key("secret_access_key", &self.secret_access_key),
            session_token: of_key("session_token", &self.session_token),
            profile: typed("profile", &self.profile),
            role_arn: typed("role_arn", &self.role_arn),
            external_id: typed("external_id", &self.external_id),
        }
    }
}
