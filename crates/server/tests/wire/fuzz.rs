//! Hostile bytes on a connection: it is answered or closed, and nobody else notices.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::client::{Request, TestServer};

/// Longer than anything here takes: what is not closed by then never would be.
const PATIENCE: Duration = Duration::from_mins(1);

struct Served {
    runtime: Runtime,
    server: TestServer,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::start());
    Served { runtime, server }
});

#[test]
fn bytes_on_a_connection_are_answered_or_it_is_closed() {
    ::fuzz::target("wire", 1_500, |bytes| {
        let Served { runtime, server } = &*SERVED;
        runtime.block_on(async {
            let talk = async {
                let (mut from, mut to) =
                    TcpStream::connect(server.address).await.unwrap().into_split();
                // It may be closed before all is written.
                let write = async {
                    let _ = to.write_all(bytes).await;
                    let _ = to.shutdown().await;
                };
                let mut reply = Vec::new();
                let ((), _) = tokio::join!(write, from.read_to_end(&mut reply));
                reply
            };
            let reply = tokio::time::timeout(PATIENCE, talk).await.unwrap();
            let text = String::from_utf8_lossy(&reply);
            let is_of_bad_compression = || String::from_utf8_lossy(bytes).contains("ncoding");
            assert!(!text.contains(" 500 ") || is_of_bad_compression(), "{text}");
            let request = Request::new();
            let asked = server.ask(&request);
            assert_eq!(tokio::time::timeout(PATIENCE, asked).await.unwrap().status, 200);
        });
    });
}
