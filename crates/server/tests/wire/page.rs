//! Web pages.

use pixii_server::Options;

use crate::client::{Request, TestServer};

#[tokio::test]
async fn a_page_of_this_machine_may_ask() {
    let server = TestServer::start().await;
    for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8000"] {
        let reply = server.ask(&Request::new().with("Origin", origin)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            reply.header("access-control-expose-headers"),
            Some("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date")
        );
    }
}

#[tokio::test]
async fn who_is_no_page_hears_nothing_of_pages() {
    let server = TestServer::start().await;
    let reply = server.ask(&Request::new()).await;
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_page_of_elsewhere_is_refused_and_the_way_out_named() {
    let server = TestServer::start().await;
    for origin in ["https://example.com", "null", "http://localhost.example.com"] {
        for request in [Request::new(), Request::bare("GET /"), Request::bare("OPTIONS /")] {
            let reply = server.ask(&request.with("Origin", origin)).await;
            assert_eq!(reply.status, 403);
            assert!(reply.text().contains("--cors-origin"));
        }
    }
    let reply = server.ask(&Request::new().with("Sec-Fetch-Site", "cross-site")).await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn a_page_that_was_allowed_may_ask() {
    let cors_origins = vec!["https://example.com".to_owned()];
    let server = TestServer::start_with(Options { cors_origins, ..TestServer::options() }).await;
    let reply = server.ask(&Request::new().with("Origin", "https://example.com")).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some("*")));
    let reply = server.ask(&Request::new().with("Origin", "https://example.org")).await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn with_credentials_any_page_may_ask() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let request = Request::new().with("Origin", "https://example.com");
    let reply = server.ask(&request.clone().signed("AKIDEXAMPLE", "secret")).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some("*")));
    let reply = server.ask(&request.without("Authorization")).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (400, Some("*")));
}

#[tokio::test]
async fn a_preflight_is_granted_what_it_asks_for() {
    let server = TestServer::start().await;
    let request = Request::bare("OPTIONS /")
        .with("Origin", "http://localhost:3000")
        .with("Access-Control-Request-Headers", "authorization,x-amz-target")
        .with("Access-Control-Request-Method", "POST");
    let reply = server.ask(&request).await;
    assert_eq!(reply.line(), "200 ");
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("authorization,x-amz-target"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
    assert_eq!(reply.header("access-control-max-age"), Some("172800"));
}
