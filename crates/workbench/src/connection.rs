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
//! | credentials | a profile; then both keys, perhaps a token | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; then the profile in `AWS_PROFILE` | any; for Amazon the profile `default` |
//! | role | its ARN, perhaps an external ID | | none |
//!
//! Keys and token come from one source together: a token that belongs to other keys would only
//! make good keys fail. A profile gives its Region where neither the one who asks nor the
//! environment names one. Where no endpoint is named, `AWS_PROFILE` is not looked at, as the local
//! server takes anybody, and a profile may have to be signed in for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;

use crate::command::{Command, Service};
use crate::credentials::{Base, Identity, Keys, ProfileSource, Role, RoleSettings, Source};
use crate::dial::Pool;
use crate::error::Error;
use crate::profile::{Files, PROFILE_DEFAULT};

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
    /// A profile of the AWS tools, in place of keys.
    pub profile: Option<String>,
    /// A role to take on with the keys or the profile.
    pub role_arn: Option<String>,
    /// What the owner of the role wants to hear.
    pub external_id: Option<String>,
    /// How long a query may take; [`TIME_OUT_DEFAULT`] without, [`TIME_OUT_MAX`] at most.
    pub time_out: Option<Duration>,
}

/// Where to ask and as whom, complete and sound.
#[derive(Debug, Clone)]
pub struct Connection {
    endpoint: Endpoint,
    region: String,
    access_key_id: String,
    account: Option<String>,
    time_out: Duration,
    /// Clones share it, and the pool too.
    identity: Arc<Identity>,
    pool: Arc<Pool>,
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
    /// Completes what is given from the environment and from the defaults, and gets the credentials of
    /// a profile or a role. `environment` gives the value of a variable;
    /// `|name| std::env::var(name).ok()` in a program. Needs a tokio runtime with its network and its clock.
    ///
    /// # Errors
    /// Where a part cannot be what it should, or one is missing that has no default; where a profile or a
    /// role gives no credentials.
    pub async fn open(
        settings: Settings,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let environment = |name: &str| given(environment(name));
        let time_out = time_out(&settings)?;
        let place = Place::read(&settings, &environment)?;
        let role_arn = given(settings.role_arn.clone());
        let external_id = given(settings.external_id.clone());
        let sts = environment("AWS_ENDPOINT_URL_STS");
        let asker = Asker::choose(settings, &place, &environment)?;
        let (base, region) = match asker {
            Asker::Given(keys) => (Base::Given(keys.into()), None),
            Asker::Profile(name) => {
                let files = Files::read(&environment)?;
                let (source, region) = profile(name.as_deref(), &place, &files).await?;
                (Base::Profile(source), region)
            }
        };
        let region = place.region_or(region)?;
        let source = match (role_arn, base) {
            (None, Base::Given(credentials)) => {
                let identity = Identity::given(credentials);
                return Ok(Self::assemble(place.endpoint, region, identity, time_out));
            }
            (None, Base::Profile(source)) => Source::Profile(source),
            (Some(arn), base) => {
                let region = region.clone();
                Source::Role(Role::new(
                    RoleSettings { arn, external_id, region, endpoint: sts },
                    base,
                )?)
            }
        };
        let identity = tokio::time::timeout(time_out, Identity::from_source(source))
            .await
            .map_err(|_elapsed| Error::CredentialsTimeOut { time_out })??;
        Ok(Self::assemble(place.endpoint, region, identity, time_out))
    }

    /// As [`open`](Self::open), for keys alone: it asks nobody.
    ///
    /// # Errors
    /// As of [`open`](Self::open); also where a profile or a role is named.
    pub fn new(
        settings: Settings,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let environment = |name: &str| given(environment(name));
        let time_out = time_out(&settings)?;
        let place = Place::read(&settings, &environment)?;
        if given(settings.role_arn.clone()).is_some() {
            return Err(Error::Unopened);
        }
        match Asker::choose(settings, &place, &environment)? {
            Asker::Given(keys) => {
                let region = place.region_or(None)?;
                Ok(Self::assemble(place.endpoint, region, Identity::given(keys.into()), time_out))
            }
            Asker::Profile(Some(_)) => Err(Error::Unopened),
            Asker::Profile(None) => {
                place.region_or(None)?;
                Err(Error::CredentialsMissing)
            }
        }
    }

    fn assemble(
        endpoint: Endpoint,
        region: String,
        identity: Identity,
        time_out: Duration,
    ) -> Self {
        let latest = identity.latest();
        Self {
            endpoint,
            region,
            access_key_id: latest.access_key_id().to_owned(),
            account: identity.account(),
            time_out,
            identity: Arc::new(identity),
            pool: Arc::default(),
        }
    }

    /// The URL that the command is sent to.
    #[must_use]
    pub fn url(&self, command: Command) -> String {
        self.endpoint.url(&self.region, command)
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

    /// The public half of the credentials, as they were when the connection was opened.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The account that the credentials are of, where they say so.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// How long a query may take.
    #[must_use]
    pub fn time_out(&self) -> Duration {
        self.time_out
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }
}

/// Where to ask, as far as it is known without a profile.
#[derive(Debug)]
struct Place {
    endpoint: Endpoint,
    /// Whether anybody named the endpoint.
    is_named: bool,
    region: Option<String>,
}

impl Place {
    fn read(
        settings: &Settings,
        environment: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let named = given(settings.endpoint.clone())
            .or_else(|| environment("AWS_ENDPOINT_URL_DYNAMODB"))
            .or_else(|| environment("AWS_ENDPOINT_URL"));
        let endpoint = Endpoint::parse(named.as_deref().unwrap_or(ENDPOINT_DEFAULT))?;
        let region = given(settings.region.clone())
            .or_else(|| endpoint.region().map(ToOwned::to_owned))
            .or_else(|| environment("AWS_REGION"))
            .or_else(|| environment("AWS_DEFAULT_REGION"));
        Ok(Self { endpoint, is_named: named.is_some(), region })
    }

    /// The Region, or else that of a profile, or else the one that means a server of one's own.
    fn region_or(&self, profile: Option<String>) -> Result<String, Error> {
        let region = self
            .region
            .clone()
            .or_else(|| given(profile))
            .or_else(|| (!self.endpoint.is_amazon()).then(|| REGION_DEFAULT.to_owned()))
            .ok_or(Error::RegionMissing)?;
        if is_region(&region) { Ok(region) } else { Err(Error::Region { region }) }
    }
}

/// Who is to ask.
#[derive(Debug)]
enum Asker {
    /// The owner of keys.
    Given(Keys),
    /// A profile; without a name, the one that is meant where none is named.
    Profile(Option<String>),
}

impl Asker {
    fn choose(
        settings: Settings,
        place: &Place,
        environment: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        if let Some(profile) = given(settings.profile) {
            return Ok(Self::Profile(Some(profile)));
        }
        let keys = Keys {
            access_key_id: settings.access_key_id.unwrap_or_default(),
            secret_access_key: settings.secret_access_key.unwrap_or_else(|| "".into()),
            session_token: settings.session_token,
        };
        if let Some(keys) = keys.complete()? {
            return Ok(Self::Given(keys));
        }
        if let Some(keys) = Keys::from_environment(environment).complete()? {
            return Ok(Self::Given(keys));
        }
        match environment("AWS_PROFILE").filter(|_| place.is_named) {
            Some(profile) => Ok(Self::Profile(Some(profile))),
            None if place.endpoint.is_amazon() => Ok(Self::Profile(None)),
            None => Ok(Self::Given(Keys::any())),
        }
    }
}

/// The profile as a source of credentials, and its Region.
async fn profile(
    named: Option<&str>,
    place: &Place,
    files: &Files,
) -> Result<(ProfileSource, Option<String>), Error> {
    let profiles = files.parse().await?;
    let name = named.unwrap_or(PROFILE_DEFAULT);
    let region = profiles.region(name);
    if !profiles.has(name) {
        // A Region that nobody names comes first: Amazon's needs it whoever asks.
        place.region_or(region)?;
        return Err(named.map_or(Error::CredentialsMissing, |name| profiles.missing(name)));
    }
    let source = ProfileSource {
        name: name.to_owned(),
        signs_on: profiles.signs_on(name),
        provider: files.provider(name, &place.region_or(region.clone())?),
    };
    Ok((source, region))
}

fn time_out(settings: &Settings) -> Result<Duration, Error> {
    let time_out = settings.time_out.unwrap_or(TIME_OUT_DEFAULT);
    if time_out.is_zero() || TIME_OUT_MAX < time_out {
        return Err(Error::TimeOutRange { time_out });
    }
    Ok(time_out)
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

    /// The URL of a command.
    fn url(&self, region: &str, command: Command) -> String {
        let url = match self {
            Self::Amazon => format!("https://dynamodb.{region}.{}/", suffix(region)),
            Self::At(url) => url.to_string(),
        };
        match command.service() {
            Service::Streams if self.is_amazon_tables() => {
                url.replacen("://dynamodb.", "://streams.dynamodb.", 1)
            }
            Service::Streams | Service::Tables => url,
        }
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

/// The URL that a command is sent to at an endpoint, or at Amazon's of the Region.
pub(crate) fn url_of(
    endpoint: Option<&str>,
    region: &str,
    command: Command,
) -> Result<String, Error> {
    let endpoint = Endpoint::parse(endpoint.unwrap_or(ENDPOINT_AMAZON))?;
    Ok(endpoint.url(region, command))
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
            profile: get("profile"),
            role_arn: get("role"),
            ..Settings::default()
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
                let credentials = connection.identity().latest();
                let url = connection.url("Scan".parse().unwrap());
                let token = credentials.session_token().unwrap_or("-");
                let (id, secret) = (credentials.access_key_id(), credentials.secret_access_key());
                format!("{url} {} {id} {secret} {token}", connection.region())
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
