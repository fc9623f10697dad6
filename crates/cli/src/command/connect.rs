//! `pixii connect`: connections under names.

use clap::{Args, Subcommand};

use super::{AdminOutput, PlaceArguments};

pub(super) const CONNECT_ABOUT: &str = "\
Keep connections to other places under names, and test them.

They are kept in connections.toml in the folder pixii of the configuration ($XDG_CONFIG_HOME, else ~/.config), for their owner alone; secrets
are sealed with a key in the file secrets.key beside it. `--connection NAME` asks over one.

The exit status is 0 where it was done, 1 where a connection does not pass its test, and 2 where there was nothing to do it with.";

pub(super) const CONNECT_EXAMPLES: &str = "\
Examples:
  pixii connect add live --endpoint aws --region eu-west-1 --access-key-id AKIAEXAMPLE
      The secret is asked for, and not shown.

  pixii connect add work --endpoint aws --region eu-west-1 --profile work
      The profile's credentials are taken each time.

  pixii connect test live
      Say what is wrong, step by step.

  pixii connect default live
      Ask there wherever no endpoint and no connection is named.";

const ADD_EXAMPLES: &str = "\
Examples:
  pixii connect add live --endpoint aws --region eu-west-1 --access-key-id AKIAEXAMPLE
      The secret is asked for, and not shown. A script gives it in PIXII_SECRET_ACCESS_KEY.

  pixii connect add audit --endpoint aws --profile work --role-arn arn:aws:iam::123456789012:role/audit
      Take on a role with the credentials of a profile, each time.

  pixii connect add here --endpoint http://127.0.0.1:8000
      A server that takes any keys.";

const LIST_EXAMPLES: &str = "\
Examples:
  pixii connect list
  pixii connect list --output json";

const SHOW_EXAMPLES: &str = "\
Examples:
  pixii connect show live";

const TEST_EXAMPLES: &str = "\
Examples:
  pixii connect test live

  pixii connect test --endpoint aws --region eu-west-1 --profile work
      Test without keeping anything.";

const EDIT_EXAMPLES: &str = "\
Examples:
  pixii connect edit live --ask-before-writing --read-only=false
      Writing is allowed from now on, after a question.

  pixii connect edit live --access-key-id AKIAEXAMPLE2
      A new key, whose secret is asked for.";

const REMOVE_EXAMPLES: &str = "\
Examples:
  pixii connect remove live";

const DEFAULT_EXAMPLES: &str = "\
Examples:
  pixii connect default live
  pixii connect default
      Tell which it is.

  pixii connect default --none
      The local server again.";

/// What `pixii connect` can be told.
#[derive(Args)]
pub(crate) struct ConnectArguments {
    #[command(subcommand)]
    pub(crate) verb: ConnectVerb,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,

    /// How to print connections and tests. [default: text]
    #[arg(long, short, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<AdminOutput>,
}

#[derive(Subcommand)]
pub(crate) enum ConnectVerb {
    /// Keep a connection under a new name.
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// Its name: letters, digits, and . _ - in it.
        name: String,
        #[command(flatten)]
        guards: Guards,
    },
    /// Change a connection: what is not given stays as it was.
    #[command(after_help = EDIT_EXAMPLES)]
    Edit {
        /// Its name.
        name: String,
        #[command(flatten)]
        guards: Guards,
    },
    /// List the connections.
    #[command(after_help = LIST_EXAMPLES)]
    List,
    /// Show a connection, without its secrets.
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// Its name.
        name: String,
    },
    /// Test a connection, or what the options say: each step, and what is wrong.
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// Its name.
        name: Option<String>,
    },
    /// Forget a connection.
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove {
        /// Its name.
        name: String,
    },
    /// Name the connection that is asked where no endpoint and no connection is named, or tell which it is.
    #[command(after_help = DEFAULT_EXAMPLES)]
    Default {
        /// Its name.
        #[arg(conflicts_with = "none")]
        name: Option<String>,
        /// No connection, but the local server.
        #[arg(long)]
        none: bool,
    },
}

/// What a connection does not let through by itself.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Guards {
    /// Refuse all that writes, or with =false, no longer.
    #[arg(long, value_name = "WHETHER", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) read_only: Option<bool>,

    /// Ask before anything is written, or with =false, no longer.
    #[arg(long, value_name = "WHETHER", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) ask_before_writing: Option<bool>,
}
