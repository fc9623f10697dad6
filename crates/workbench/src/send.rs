//! The edge: signs a query, sends it, and hands what comes to `reply`.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::Full;

use crate::body::Body;
use crate::command::Command;
use crate::connection::Connection;
use crate::dial::Server;
use crate::error::Error;
use crate::reply::{self, Answer, Reply};
use crate::transport::{HIDDEN, Sent, Transport};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const USER_AGENT: &str = concat!("pixii-workbench/", env!("CARGO_PKG_VERSION"));

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Sends the command with its body, and gives what the service says. Over a [`Connection`] it
/// needs a tokio runtime with its network and its clock.
///
/// # Errors
/// Where nothing that speaks as the service does could be asked within the time-out. What the
/// service refuses is a [`Reply`].
pub async fn ask(
    transport: &impl Transport,
    command: Command,
    body: &Body,
) -> Result<Reply, Error> {
    reply::read(transport.send(command, body.bytes().clone()).await?, body)
}

/// Sends a command about users, such as `CreateUser`, to Pixii, as [`ask`] does others.
///
/// # Errors
/// As of [`ask`]; also where the connection is to Amazon's.
pub async fn administer(
    connection: &Connection,
    command: &str,
    body: &Body,
) -> Result<Reply, Error> {
    let url = connection.admin_url(command).ok_or(Error::NotPixii)?;
    reply::read(exchange(connection, &url, (None, body.bytes())).await?, body)
}

impl Transport for Connection {
    #[expect(clippy::disallowed_methods, reason = "a client signs with the time of its machine")]
    fn sent(&self, command: Command, body: &Bytes) -> Result<Sent, Error> {
        let url = self.url(command);
        let server = Server::parse(&url)?;
        let request = signed(self, &server, (Some(command), body), SystemTime::now())?;
        let headers = request.headers().iter().map(|(name, value)| {
            let is_secret = name.as_str() == "x-amz-security-token";
            let value =
                if is_secret { HIDDEN.into() } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.to_string(), value.into_owned())
        });
        Ok(Sent {
            method: request.method().to_string(),
            url,
            headers: headers.collect(),
            body: body.clone(),
        })
    }

    async fn send(&self, command: Command, body: Bytes) -> Result<Answer, Error> {
        exchange(self, &self.url(command), (Some(command), &body)).await
    }

    fn region(&self) -> &str {
        self.region()
    }

    fn account(&self) -> Option<&str> {
        self.account()
    }
}

#[expect(clippy::disallowed_methods, reason = "a client signs with the time of its machine")]
async fn exchange(
    connection: &Connection,
    url: &str,
    (command, body): (Option<Command>, &Bytes),
) -> Result<Answer, Error> {
    let server = Server::parse(url)?;
    let time_out = connection.time_out();
    let asked = async {
        connection.identity().refresh(SystemTime::now()).await?;
        let request = signed(connection, &server, (command, body), SystemTime::now())?;
        connection.pool().ask(&server, request).await
    };
    tokio::time::timeout(time_out, asked)
        .await
        .map_err(|_elapsed| Error::TimeOut { address: server.address(), time_out })?
}

/// The request as it is sent, signed as of `time`.
pub(crate) fn signed(
    connection: &Connection,
    server: &Server,
    (command, body): (Option<Command>, &Bytes),
    time: SystemTime,
) -> Result<Request<Full<Bytes>>, Error> {
    let (host, target) = (server.host_header(), command.map(Command::target));
    let mut headers = vec![("content-type", CONTENT_TYPE), ("host", host.as_str())];
    headers.extend(target.as_deref().map(|target| ("x-amz-target", target)));
    let signature = signature(connection, server, (&headers, body), time).map_err(Error::Sign)?;
    let path = server.url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path).header(header::USER_AGENT, USER_AGENT);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    for (name, value) in signature {
        request = request.header(name, value);
    }
    request.body(Full::new(body.clone())).map_err(|error| Error::Sign(error.into()))
}

/// The headers that a signature adds.
fn signature(
    connection: &Connection,
    server: &Server,
    (headers, body): (&[(&str, &str)], &[u8]),
    time: SystemTime,
) -> Result<Vec<(&'static str, HeaderValue)>, BoxedError> {
    let identity = connection.identity().latest().into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(connection.region())
        .name("dynamodb")
        .time(time)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let request = SignableRequest::new(
        "POST",
        server.url.to_string(),
        headers.iter().copied(),
        SignableBody::Bytes(body),
    )?;
    let (instructions, _signature) = sign(request, &parameters)?.into_parts();
    let (added, _query) = instructions.into_parts();
    let mut headers = Vec::with_capacity(added.len());
    for header in added {
        let mut value = HeaderValue::from_str(header.value())?;
        value.set_sensitive(header.sensitive());
        headers.push((header.name(), value));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::connection::{Secret, Settings};

    /// 2026-01-02 03:04:05 UTC.
    const TIME: Duration = Duration::from_secs(1_767_323_045);

    fn connection(endpoint: &str, token: Option<&str>) -> Connection {
        let settings = Settings {
            endpoint: Some(endpoint.to_owned()),
            region: Some("eu-west-1".to_owned()),
            access_key_id: Some("AKIDEXAMPLE".to_owned()),
            secret_access_key: Some("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into()),
            session_token: token.map(Secret::from),
            ..Settings::default()
        };
        Connection::new(settings, |_| None).unwrap()
    }

    fn request(connection: &Connection) -> Request<Full<Bytes>> {
        let command = "GetItem".parse().unwrap();
        let body = Body::parse(r#"{"TableName": "users", "Key": {"id": {"N": "1.50"}},}"#).unwrap();
        let server = Server::parse(&connection.url(command)).unwrap();
        signed(connection, &server, (Some(command), body.bytes()), UNIX_EPOCH + TIME).unwrap()
    }

    #[track_caller]
    fn check(token: Option<&str>, signed_headers: &str, signature: &str) {
        let request = request(&connection("http://127.0.0.1:8000", token));
        let header = |name: &str| {
            request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("x-amz-date").unwrap(), "20260102T030405Z");
        assert_eq!(header("x-amz-security-token").as_deref(), token);
        assert_eq!(
            header("authorization").unwrap(),
            format!(
                "AWS4-HMAC-SHA256 \
                 Credential=AKIDEXAMPLE/20260102/eu-west-1/dynamodb/aws4_request, \
                 SignedHeaders={signed_headers}, Signature={signature}"
            )
        );
    }

    // The signatures were computed by the AWS SDK for Python.
    #[test]
    fn the_signature_is_the_one_that_the_aws_tools_compute() {
        check(
            None,
            "content-type;host;x-amz-date;x-amz-target",
            "84223d024b162f4d046e4ab0b639aa103f7cdfba108532419c3ba2a6557f9844",
        );
        check(
            Some("session/token=="),
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            "7fbbfa2a1160ad2a2bf6348cc661dc1b4a6ce49d8662481247018d88ea20c184",
        );
    }

    #[test]
    fn what_proves_the_caller_is_not_shown() {
        let request = request(&connection("http://127.0.0.1:8000", Some("session/token==")));
        let shown = format!("{:?}", request.headers());
        assert!(!shown.contains("session/token=="), "{shown}");
    }
}
