//! Where to ask and as whom.
//!
//! What is given explicitly comes before the environment, and the environment is read as the AWS
//! tools read it. Only where nobody names an endpoint is the answer another: it is the local
//! server, since a query that was meant for a machine of one's own must not reach Amazon because
//! a key happens to be in the environment. Amazon's is asked for by `aws`, or by its URL.
//!
//! | | explicit | environment | otherwise |
//! | --- | --- | --- | --- |
//! | endpoint | a URL, or `aws` | `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL` | `http://127.0.0.1:8000` |
//! | Region | a Region; then the one in an Amazon URL | `AWS_REGION`, `AWS_DEFAULT_REGION` | `us-east-1`; for `aws` none |
//! | credentials | both keys, perhaps a token | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | any; for Amazon none |
//!
//! Keys and token come from one source together: a token that belongs to other keys would only
//! make good keys fail.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;

use crate::command::{Command, Service};
use crate::dial::Pool;
use crate::error::Error;

/// The endpoint where none is named: the local server.
pub const ENDPOINT_DEFAULT: &str = "http://127.0.0.1:8000";
/// The word that stands for Amazon's endpoint of the Region.
pub const ENDPOINT_AMAZON: &str = "aws";
/// The Region where none is named and Amazon is not asked.
pub const REGION_DEFAULT: &str = "us-east-1";
/// How long a query may take, connecting included, where nothing else is said.
pub const TIME_OUT_DEFAULT: Duration = Duration::from_secs(10);
/// The longest that a query may be given.
pub const TIME_OUT_MAX: Duration = Duration::from_mins(1);

/// Both keys where none are named and Amazon is not asked. A local server takes any.
const ANY_KEY: &str = "pixii";
/// The most characters that a Region has, with room.
const REGION_CHARACTERS_MAX: usize = 63;

/// A text that is not shown: its `Debug` form hides it, and it has no `Display` form.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// What is given explicitly. An empty text is as none.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// A URL, or [`ENDPOINT_AMAZON`].
    pub endpoint: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// The public half of the credentials.
    pub access_key_id: Option<String>,
    /// The other half.
    pub secret_access_key: Option<Secret>,
    /// Proof that keys of a short life are in force.
    pub session_token: Option<Secret>,
    /// How long a query may take; [`TIME_OUT_DEFAULT`] without, [`TIME_OUT_MAX`] at most.
    pub time_out: Option<Duration>,
}

/// Where to ask and as whom, complete and sound.
#[derive(Debug, Clone)]
pub struct Connection {
    endpoint: Endpoint,
    region: String,
    credentials: Credentials,
    time_out: Duration,
    /// Clones share it.
    pool: Arc<Pool>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) session_token: Option<Secret>,
}

/// Which server.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Endpoint {
    /// Amazon's of the Region.
    Amazon,
    /// The one at a URL: `http` or `https`, a host, no query.
    At(Uri),
}

impl Connection {
    /// Completes what is given from the environment and from the defaults.
    /// `environment` gives the value of a variable; `|name| std::env::var(name).ok()` in a program.
    ///
    /// # Errors
    /// Where a part cannot be what it should, or one is missing that has no default.
    pub fn new(
        settings: Settings,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let environment = |name: &str| given(environment(name));
        let endpoint = given(settings.endpoint)
            .or_else(|| environment("AWS_ENDPOINT_URL_DYNAMODB"))
            .or_else(|| environment("AWS_ENDPOINT_URL"))
            .map_or_else(|| Endpoint::parse(ENDPOINT_DEFAULT), |text| Endpoint::parse(&text))?;
        let region = given(settings.region)
            .or_else(|| endpoint.region().map(ToOwned::to_owned))
            .or_else(|| environment("AWS_REGION"))
            .or_else(|| environment("AWS_DEFAULT_REGION"))
            .or_else(|| (!endpoint.is_amazon()).then(|| REGION_DEFAULT.to_owned()))
            .ok_or(Error::RegionMissing)?;
        if !is_region(&region) {
            return Err(Error::Region { region });
        }
        let credentials = Credentials {
            access_key_id: settings.access_key_id.unwrap_or_default(),
            secret_access_key: settings.secret_access_key.unwrap_or_else(|| "".into()),
            session_token: settings.session_token,
        };
        let credentials = credentials.complete()?.map_or_else(
            || Credentials::from_environment(&environment).complete(),
            |credentials| Ok(Some(credentials)),
        )?;
        let credentials = match credentials {
            Some(credentials) => credentials,
            None if endpoint.is_amazon() => return Err(Error::CredentialsMissing),
            None => Credentials::any(),
        };
        let time_out = settings.time_out.unwrap_or(TIME_OUT_DEFAULT);
        if time_out.is_zero() || TIME_OUT_MAX < time_out {
            return Err(Error::TimeOutRange { time_out });
        }
        Ok(Self { endpoint, region, credentials, time_out, pool: Arc::default() })
    }

    /// The URL that the command is sent to.
    #[must_use]
    pub fn url(&self, command: Command) -> String {
        let url = match &self.endpoint {
            Endpoint::Amazon => {
                format!("https://dynamodb.{}.{}/", self.region, suffix(&self.region))
            }
            Endpoint::At(url) => url.to_string(),
        };
        match command.service() {
            Service::Streams if self.endpoint.is_amazon_tables() => {
                url.replacen("://dynamodb.", "://streams.dynamodb.", 1)
            }
            Service::Streams | Service::Tables => url,
        }
    }

    /// The URL that a command about users is sent to; `None` for Amazon's, which takes those elsewhere.
    pub(crate) fn admin_url(&self, command: &str) -> Option<String> {
        match &self.endpoint {
            Endpoint::Amazon => None,
            Endpoint::At(url) => {
                Some(format!("{}/_pixii/admin/{command}", url.to_string().trim_end_matches('/')))
            }
        }
    }

    /// The Region that requests are signed for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The public half of the credentials.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.credentials.access_key_id
    }

    /// How long a query may take.
    #[must_use]
    pub fn time_out(&self) -> Duration {
        self.time_out
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }
}

impl Credentials {
    fn from_environment(environment: &impl Fn(&str) -> Option<String>) -> Self {
        Self {
            access_key_id: environment("AWS_ACCESS_KEY_ID").unwrap_or_default(),
            secret_access_key: environment("AWS_SECRET_ACCESS_KEY").unwrap_or_default().into(),
            session_token: environment("AWS_SESSION_TOKEN").map(Secret),
        }
    }

    fn any() -> Self {
        Self {
            access_key_id: ANY_KEY.to_owned(),
            secret_access_key: ANY_KEY.into(),
            session_token: None,
        }
    }

    /// The credentials, `None` where neither key is given, an error where one is.
    fn complete(mut self) -> Result<Option<Self>, Error> {
        self.session_token = self.session_token.filter(|token| !token.reveal().is_empty());
        match (self.access_key_id.is_empty(), self.secret_access_key.reveal().is_empty()) {
            (true, true) => return Ok(None),
            (true, false) => return Err(Error::CredentialsHalf { missing: "access key ID" }),
            (false, true) => return Err(Error::CredentialsHalf { missing: "secret access key" }),
            (false, false) => {}
        }
        // The slash and the comma part the fields of the header in which the key stands.
        let is_key = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b',';
        if !self.access_key_id.bytes().all(is_key) {
            return Err(Error::CredentialsMalformed { part: "access key ID" });
        }
        let token = self.session_token.as_ref().map_or("", Secret::reveal);
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::CredentialsMalformed { part: "session token" });
        }
        Ok(Some(self))
    }
}

impl Endpoint {
    fn parse(text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case(ENDPOINT_AMAZON) {
            return Ok(Self::Amazon);
        }
        let is_usable = |url: &Uri| {
            let is_http =
                url.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
            let has_user =
                url.authority().is_some_and(|authority| authority.as_str().contains('@'));
            let has_host = url.host().is_some_and(|host| !host.is_empty());
            is_http && has_host && !has_user && url.query().is_none()
        };
        text.parse()
            .ok()
            .filter(is_usable)
            .map(Self::At)
            .ok_or_else(|| Error::Endpoint { endpoint: text.to_owned() })
    }

    /// The Region that the endpoint names.
    fn region(&self) -> Option<&str> {
        match self {
            Self::Amazon => None,
            Self::At(url) => host_region(url.host()?),
        }
    }

    /// Whether the host is Amazon's for tables, beside which there is one for streams.
    fn is_amazon_tables(&self) -> bool {
        *self == Self::Amazon || self.region().is_some()
    }

    /// Whether real credentials are needed.
    fn is_amazon(&self) -> bool {
        match self {
            Self::Amazon => true,
            Self::At(url) => url.host().is_some_and(is_amazon_host),
        }
    }
}

/// A text that is more than white space, without the white space around it.
fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether the text may be a Region. It becomes a part of a host's name, so that nothing else passes.
fn is_region(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= REGION_CHARACTERS_MAX && text.bytes().all(is_part)
}

/// The end of the names of Amazon's hosts in the Region.
fn suffix(region: &str) -> &'static str {
    match region.split_once('-') {
        Some(("cn", _)) => "amazonaws.com.cn",
        Some(("eusc", _)) => "amazonaws.eu",
        Some(_) | None => "amazonaws.com",
    }
}

/// Whether the host is one of Amazon's, whatever of.
fn is_amazon_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws"]
        .iter()
        .any(|suffix| host.ends_with(suffix))
}

/// The Region of one of Amazon's hosts for tables or streams.
fn host_region(host: &str) -> Option<&str> {
    let region = host.strip_prefix("streams.").unwrap_or(host).strip_prefix("dynamodb.")?;
    let (region, rest) = region.split_once('.')?;
    (rest == suffix(region)).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    /// Settings by the names of their members.
    fn settings(pairs: Pairs<'_>) -> Settings {
        let get =
            |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Settings {
            endpoint: get("endpoint"),
            region: get("region"),
            access_key_id: get("id"),
            secret_access_key: get("secret").map(Secret),
            session_token: get("token").map(Secret),
            time_out: None,
        }
    }

    /// The connection in one line: where, Region, key ID, secret, token.
    fn summary(explicit: Pairs<'_>, environment: Pairs<'_>) -> String {
        let variable = |name: &str| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        match Connection::new(settings(explicit), variable) {
            Ok(connection) => {
                let Credentials { access_key_id, secret_access_key, session_token } =
                    connection.credentials();
                let url = connection.url("Scan".parse().unwrap());
                let token = session_token.as_ref().map_or("-", Secret::reveal);
                let secret = secret_access_key.reveal();
                format!("{url} {} {access_key_id} {secret} {token}", connection.region())
            }
            Err(error) => error.to_string(),
        }
    }

    #[track_caller]
    fn check(explicit: Pairs<'_>, environment: Pairs<'_>, expected: &str) {
        assert_eq!(summary(explicit, environment), expected);
    }

    #[track_caller]
    fn refused(explicit: Pairs<'_>, beginning: &str) {
        let summary = summary(explicit, &[]);
        assert!(summary.starts_with(beginning), "{summary}");
    }

    const KEYS: Pairs<'static> =
        &[("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hidden")];

    #[test]
    fn by_default_the_local_server_is_asked() {
        check(&[], &[], "http://127.0.0.1:8000/ us-east-1 pixii pixii -");
        check(&[], KEYS, "http://127.0.0.1:8000/ us-east-1 AKIA hidden -");
        check(&[("endpoint", " ")], &[("AWS_ENDPOINT_URL", "")], &summary(&[], &[]));
        let keys = &[("id", "A"), ("secret", "S"), ("region", "eu-west-1")];
        check(keys, &[], "http://127.0.0.1:8000/ eu-west-1 A S -");
    }

    #[test]
    fn what_is_given_comes_before_the_environment() {
        let environment = &[
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://one:1"),
            ("AWS_ENDPOINT_URL", "http://two:2"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-2"),
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
            ("AWS_SESSION_TOKEN", "token"),
        ];
        check(&[], environment, "http://one:1/ eu-west-1 AKIA hidden token");
        check(&[], &environment[1..2], "http://two:2/ us-east-1 pixii pixii -");
        check(&[], &environment[3..4], "http://127.0.0.1:8000/ eu-west-2 pixii pixii -");
        check(
            &[("endpoint", "https://x/base"), ("region", "ap-south-1")],
            environment,
            "https://x/base ap-south-1 AKIA hidden token",
        );
        // The token belongs to the keys of the environment, and goes with them alone.
        check(&[("id", "A"), ("secret", "S")], environment, "http://one:1/ eu-west-1 A S -");
    }

    #[test]
    fn amazon_is_asked_by_name_or_by_url() {
        let amazon = [("endpoint", "aws"), ("region", "eu-west-1"), ("id", "A"), ("secret", "S")];
        check(&amazon, &[], "https://dynamodb.eu-west-1.amazonaws.com/ eu-west-1 A S -");
        check(
            &[("endpoint", "AWS"), ("region", "cn-north-1")],
            KEYS,
            "https://dynamodb.cn-north-1.amazonaws.com.cn/ cn-north-1 AKIA hidden -",
        );
        check(
            &[("endpoint", "https://dynamodb.eu-west-3.amazonaws.com")],
            &[KEYS, &[("AWS_REGION", "us-west-2")]].concat(),
            "https://dynamodb.eu-west-3.amazonaws.com/ eu-west-3 AKIA hidden -",
        );
    }

    #[test]
    fn streams_have_a_host_of_their_own_at_amazon_alone() {
        #[track_caller]
        fn check(endpoint: &str, region: &str, expected: &str) {
            let pairs = [("endpoint", endpoint), ("region", region), ("id", "A"), ("secret", "S")];
            let connection = Connection::new(settings(&pairs), |_| None).unwrap();
            assert_eq!(connection.url("ListStreams".parse().unwrap()), expected);
        }
        check("aws", "eu-west-1", "https://streams.dynamodb.eu-west-1.amazonaws.com/");
        check("aws", "cn-north-1", "https://streams.dynamodb.cn-north-1.amazonaws.com.cn/");
        check(
            "https://dynamodb.eu-west-1.amazonaws.com",
            "",
            "https://streams.dynamodb.eu-west-1.amazonaws.com/",
        );
        check(
            "https://streams.dynamodb.eu-west-1.amazonaws.com/",
            "",
            "https://streams.dynamodb.eu-west-1.amazonaws.com/",
        );
        check("http://127.0.0.1:8000", "eu-west-1", "http://127.0.0.1:8000/");
        check("https://dynamodb.example.com/", "eu-west-1", "https://dynamodb.example.com/");
    }

    #[test]
    fn what_is_missing_or_unsound_is_named() {
        refused(&[("endpoint", "aws")], "Amazon's DynamoDB needs a Region");
        refused(&[("endpoint", "aws"), ("region", "eu-west-1")], "Amazon's DynamoDB needs cred");
        refused(&[("endpoint", "https://x.api.aws")], "Amazon's DynamoDB needs a Region");
        refused(&[("region", "eu-west-1.evil.com/")], "\"eu-west-1.evil.com/\" is not a Region");
        refused(&[("id", "A")], "The credentials are half given: the secret access key");
        refused(&[("secret", "S")], "The credentials are half given: the access key ID");
        refused(&[("id", "A\nB"), ("secret", "S")], "The access key ID has a character");
        refused(&[("id", "A/B"), ("secret", "S")], "The access key ID has a character");
        refused(&[("id", "A"), ("secret", "S"), ("token", "é")], "The session token has a");
        for endpoint in ["localhost:8000", "ftp://x", "http://", "x y", "http://a@b", "http://a?b"]
        {
            refused(&[("endpoint", endpoint)], "The endpoint \"");
        }
    }

    #[test]
    fn a_time_out_is_over_zero_and_at_most_a_minute() {
        let with = |seconds| {
            let time_out = Some(Duration::from_secs(seconds));
            Connection::new(Settings { time_out, ..Settings::default() }, |_| None)
        };
        assert_eq!(with(60).unwrap().time_out(), TIME_OUT_MAX);
        assert!(matches!(with(0), Err(Error::TimeOutRange { .. })));
        assert_eq!(
            with(61).unwrap_err().to_string(),
            "The time-out is 61 seconds; it must be over 0 and at most 60"
        );
    }

    #[test]
    fn a_secret_is_never_shown() {
        let pairs = [("id", "AKIA"), ("secret", "hidden"), ("token", "proof")];
        let explicit = settings(&pairs);
        let connection = Connection::new(explicit.clone(), |_| None).unwrap();
        for shown in [format!("{explicit:?}"), format!("{connection:#?}")] {
            assert!(shown.contains("AKIA"), "{shown}");
            assert!(!shown.contains("hidden") && !shown.contains("proof"), "{shown}");
        }
    }
}
