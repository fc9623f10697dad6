//! The command `bare`: an HTTP server that does nothing but answer, with the bytes of a `GetItem`
//! reply. No server can answer faster on the same HTTP library.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;

use crate::error::{Error, Result};
use crate::item::{ItemNumber, Items};
use crate::random::Random;

/// Options of `bare`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 is any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Threads that serve; by default one for each processor.
    #[arg(long)]
    threads: Option<usize>,
    /// The size of the item in the reply.
    #[arg(long, default_value_t = 1024)]
    item_bytes: usize,
}

/// Serves until the process is ended.
pub(crate) fn serve(arguments: &Arguments, output: &mut impl Write) -> Result<()> {
    let listen_error = |source| Error::Listen { address: arguments.listen, source };
    let mut builder = runtime::Builder::new_multi_thread();
    if let Some(threads) = arguments.threads {
        builder.worker_threads(threads.max(1));
    }
    let runtime = builder.enable_io().build().map_err(listen_error)?;
    let items = Items { count: 1, bytes: arguments.item_bytes };
    let item = items.item(ItemNumber(0), &mut Random::new(1));
    let body = Bytes::from(format!(r#"{{"Item":{item}}}"#));
    runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        writeln!(output, "listening at {address}").map_err(Error::Report)?;
        output.flush().map_err(Error::Report)?;
        loop {
            let (stream, _) = listener.accept().await.map_err(listen_error)?;
            tokio::spawn(connection(stream, body.clone()));
        }
    })
}

async fn connection(stream: TcpStream, body: Bytes) {
    let answer = service_fn(|request| answer(request, body.clone()));
    // A connection that breaks concerns only its client.
    if stream.set_nodelay(true).is_ok() {
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
    }
}

/// Reads the request whole, then answers. The request's number is always the same.
async fn answer(
    request: Request<Incoming>,
    body: Bytes,
) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    let _ = request.into_body().collect().await;
    let checksum = HeaderValue::from(crc32fast::hash(&body));
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    let number = "UA6QPV0HGEO5LVLUOBDBHIQL7VVV4KQNSO5AEMVJF66Q9ASUAAJG";
    headers.insert("x-amzn-requestid", HeaderValue::from_static(number));
    headers.insert("x-amz-crc32", checksum);
    Ok(response)
}
