//! Who asks: keys, a profile of the AWS tools, or a role that either takes on.
//!
//! Credentials of a profile or of a role end. They are got anew before that: whoever asks when they
//! have little time left waits for new ones, and everybody else goes on with those there are.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_sts::config::Region;
use aws_sdk_sts::error::ProvideErrorMetadata as _;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use tokio::sync::Mutex;

use crate::connection::Secret;
use crate::error::Error;

/// Credentials with less time left than this are got anew.
const TIME_LEFT_MIN: Duration = Duration::from_mins(5);
/// The name under which the workbench takes on roles. It stands in the audit log of who owns the role.
const SESSION_NAME: &str = "pixii-workbench";

/// Both keys where none are named and Amazon is not asked. A local server takes any.
const ANY_KEY: &str = "pixii";

type BoxedError = Box<dyn StdError + Send + Sync>;

/// Who asks, now and later.
#[derive(Debug)]
pub(crate) struct Identity {
    latest: RwLock<Credentials>,
    /// Where newer ones come from; nothing for those that were given.
    source: Option<Source>,
    /// Held by who gets new ones, so that many requests do it once.
    turn: Mutex<()>,
}

impl Identity {
    /// Credentials that nobody has newer ones of.
    pub(crate) fn given(credentials: Credentials) -> Self {
        Self { latest: RwLock::new(credentials), source: None, turn: Mutex::default() }
    }

    /// Credentials from elsewhere, got now and whenever they are about to end.
    pub(crate) async fn from_source(source: Source) -> Result<Self, Error> {
        let latest = RwLock::new(source.credentials().await?);
        Ok(Self { latest, source: Some(source), turn: Mutex::default() })
    }

    /// The credentials as they were last got.
    pub(crate) fn latest(&self) -> Credentials {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The account that the credentials are of, where they say so, or the role does.
    pub(crate) fn account(&self) -> Option<String> {
        if let Some(Source::Role(role)) = &self.source {
            return account_of(&role.arn).map(ToOwned::to_owned);
        }
        self.latest().account_id().map(|account| account.as_str().to_owned())
    }

    /// Sees to it that the latest credentials are good for a while as of `now`.
    pub(crate) async fn refresh(&self, now: SystemTime) -> Result<(), Error> {
        let Some(source) = &self.source else { return Ok(()) };
        if has_time(&self.latest(), now + TIME_LEFT_MIN) {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        let latest = self.latest();
        if has_time(&latest, now + TIME_LEFT_MIN) {
            return Ok(());
        }
        match source.credentials().await {
            Ok(credentials) => {
                *self.latest.write().unwrap_or_else(PoisonError::into_inner) = credentials;
                Ok(())
            }
            // They are still good, and the next request tries again.
            Err(_) if has_time(&latest, now) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn has_time(credentials: &Credentials, until: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| until < expiry)
}

/// Keys as they are given.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) session_token: Option<Secret>,
}

impl Keys {
    pub(crate) fn from_environment(environment: &impl Fn(&str) -> Option<String>) -> Self {
        Self {
            access_key_id: environment("AWS_ACCESS_KEY_ID").unwrap_or_default(),
            secret_access_key: environment("AWS_SECRET_ACCESS_KEY").unwrap_or_default().into(),
            session_token: environment("AWS_SESSION_TOKEN").map(Secret::from),
        }
    }

    pub(crate) fn any() -> Self {
        Self {
            access_key_id: ANY_KEY.to_owned(),
            secret_access_key: ANY_KEY.into(),
            session_token: None,
        }
    }

    /// The keys, `None` where neither is given, an error where one is.
    pub(crate) fn complete(mut self) -> Result<Option<Self>, Error> {
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

impl From<Keys> for Credentials {
    fn from(keys: Keys) -> Self {
        let token = keys.session_token.as_ref().map(|token| token.reveal().to_owned());
        Self::new(keys.access_key_id, keys.secret_access_key.reveal(), token, None, SESSION_NAME)
    }
}

/// Where credentials come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A profile of the AWS tools.
    Profile(ProfileSource),
    /// A role.
    Role(Role),
}

impl Source {
    async fn credentials(&self) -> Result<Credentials, Error> {
        match self {
            Self::Profile(source) => source.credentials().await,
            Self::Role(role) => role.take_on().await,
        }
    }
}

/// A profile as a source.
#[derive(Debug)]
pub(crate) struct ProfileSource {
    pub(crate) name: String,
    /// Whether somebody signs in for it, in a browser.
    pub(crate) signs_on: bool,
    pub(crate) provider: ProfileFileCredentialsProvider,
}

impl ProfileSource {
    async fn credentials(&self) -> Result<Credentials, Error> {
        self.provider.provide_credentials().await.map_err(|error| Error::ProfileCredentials {
            profile: self.name.clone(),
            signs_on: self.signs_on,
            source: error.into(),
        })
    }
}

/// Who takes on a role.
#[derive(Debug)]
pub(crate) enum Base {
    /// The owner of keys.
    Given(Credentials),
    /// A profile.
    Profile(ProfileSource),
}

/// What is said of a role to take on.
#[derive(Debug, Clone)]
pub(crate) struct RoleSettings {
    pub(crate) arn: String,
    /// What the owner of the role wants to hear from whoever takes it on.
    pub(crate) external_id: Option<String>,
    pub(crate) region: String,
    /// Where roles are taken on; otherwise at Amazon's of the Region.
    pub(crate) endpoint: Option<String>,
}

/// A role, and whoever takes it on.
pub(crate) struct Role {
    arn: String,
    external_id: Option<String>,
    client: aws_sdk_sts::Client,
}

impl fmt::Debug for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Role").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl Role {
    pub(crate) fn new(settings: RoleSettings, base: Base) -> Result<Self, Error> {
        let RoleSettings { arn, external_id, region, endpoint } = settings;
        if account_of(&arn).is_none() {
            return Err(Error::RoleArn { arn });
        }
        let mut builder =
            aws_sdk_sts::Config::builder().behavior_version_latest().region(Region::new(region));
        builder.set_endpoint_url(endpoint);
        let builder = match base {
            Base::Given(credentials) => builder.credentials_provider(credentials),
            Base::Profile(source) => builder.credentials_provider(source.provider),
        };
        Ok(Self { arn, external_id, client: aws_sdk_sts::Client::from_conf(builder.build()) })
    }

    async fn take_on(&self) -> Result<Credentials, Error> {
        let refused = |source: BoxedError| Error::Role { arn: self.arn.clone(), source };
        let request = self.client.assume_role().role_arn(&self.arn).role_session_name(SESSION_NAME);
        let reply = request.set_external_id(self.external_id.clone()).send().await;
        let reply = reply.map_err(|error| refused(error.into()))?;
        let got = reply.credentials().ok_or_else(|| refused("no credentials came".into()))?;
        let expiry =
            SystemTime::try_from(*got.expiration()).map_err(|error| refused(error.into()))?;
        Ok(Credentials::new(
            got.access_key_id(),
            got.secret_access_key(),
            Some(got.session_token().to_owned()),
            Some(expiry),
            SESSION_NAME,
        ))
    }
}

/// The account in a role's ARN: `arn:aws:iam::123456789012:role/NAME`.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let [prefix, _partition, service, _region, account, resource] =
        std::array::from_fn(|_| parts.next().unwrap_or_default());
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_role = resource.strip_prefix("role/").is_some_and(|name| !name.is_empty());
    (prefix == "arn" && service == "iam" && is_account && is_role).then_some(account)
}

/// What went wrong, in the words of whoever knows most of it.
pub(crate) fn cause(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refusal) = error.downcast_ref::<AssumeRoleError>() {
            let code = refusal.code().unwrap_or("refused");
            return format!("{code}: {}", refusal.message().unwrap_or_default());
        }
        let text = error.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = error.source();
    }
    // The first is of whoever had asked, and says the least.
    if 1 < texts.len() {
        texts.remove(0);
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_an_account() {
        assert_eq!(account_of("arn:aws:iam::123456789012:role/a/b"), Some("123456789012"));
        assert_eq!(account_of("arn:aws-cn:iam::123456789012:role/a"), Some("123456789012"));
        for wrong in [
            "",
            "role",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:iam::12345678901:role/a",
            "arn:aws:sts::123456789012:role/a",
        ] {
            assert_eq!(account_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn credentials_have_time_until_shortly_before_their_end() {
        let now = SystemTime::UNIX_EPOCH;
        let ending = |seconds| {
            let expiry = now + Duration::from_secs(seconds);
            Credentials::new("A", "S", None, Some(expiry), "test")
        };
        assert!(has_time(&Credentials::new("A", "S", None, None, "test"), now));
        assert!(has_time(&ending(301), now + TIME_LEFT_MIN));
        assert!(!has_time(&ending(300), now + TIME_LEFT_MIN));
    }
}
