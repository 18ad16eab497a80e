use std::process::Command;

use service_manager::server::connections::LONGEST_HEAD;
use service_manager::server::router::limits::LONGEST_WAIT;
use service_manager::server::router::table::ROUTES;

use crate::deployment::file;
use crate::support::free_port;

/// The longest time between two heartbeats that the settings allow, in seconds.
const LONGEST_HEARTBEAT: u64 = 15;

/// Directives with their values, in order, each with the block it stands in.
fn directives() -> Vec<(String, String)> {
    let mut blocks: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for line in file("deploy/nginx/nginx.conf").lines().map(str::trim) {
        match line {
            "}" => drop(blocks.pop()),
            _ if line.is_empty() || line.starts_with('#') => {}
            _ if line.ends_with('{') => blocks.push(line.trim_end_matches('{').trim().to_owned()),
            _ => {
                let directive = line.strip_suffix(';').unwrap_or_else(|| panic!("one directive a line: {line}"));
                found.push((blocks.last().cloned().unwrap_or_default(), directive.to_owned()));
            }
        }
    }
    found
}

fn values(block: &str, name: &str) -> Vec<String> {
    let of_block = directives().into_iter().filter(|(of, _)| of == block);
    of_block.filter_map(|(_, text)| text.strip_prefix(&format!("{name} ")).map(|rest| rest.trim().to_owned())).collect()
}

fn seconds(block: &str, name: &str) -> u64 {
    let found = values(block, name);
    let [value] = found.as_slice() else { panic!("{name} stands {} times in {block}", found.len()) };
    value.strip_suffix('s').and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name} {value}"))
}

/// The instances it passes requests to.
pub fn upstreams() -> Vec<String> {
    let servers = values("upstream service_manager", "server");
    servers.iter().filter_map(|server| server.split(' ').next()).map(ToOwned::to_owned).collect()
}

const STREAMS: &str = "location ~ ^/api/services/[^/]+/stream$";

#[test]
fn every_event_stream_passes_unbuffered_and_outlives_its_silences() {
    let streams: Vec<_> = ROUTES.iter().map(|route| route.path).filter(|path| path.ends_with("/stream")).collect();
    assert!(!streams.is_empty());
    for path in streams {
        let middle = path.strip_prefix("/api/services/").and_then(|rest| rest.strip_suffix("/stream"));
        assert!(
            middle.is_some_and(|middle| !middle.is_empty() && !middle.contains('/')),
            "{path} is a stream to nginx"
        );
    }
    assert_eq!(values(STREAMS, "proxy_buffering"), ["off"]);
    assert_eq!(values(STREAMS, "gzip"), ["off"]);
    assert_eq!(values(STREAMS, "proxy_http_version"), ["1.0"], "browsers are told at once that an instance is gone");
    assert!(seconds(STREAMS, "proxy_read_timeout") >= 4 * LONGEST_HEARTBEAT);
}

#[test]
fn nginx_waits_as_long_as_the_server_may_take_and_drops_idle_connections_first() {
    assert!(seconds("server", "proxy_read_timeout") > LONGEST_WAIT.as_secs());
    assert!(seconds("upstream service_manager", "keepalive_timeout") < LONGEST_HEAD.as_secs());
    assert_eq!(values("server", "proxy_http_version"), ["1.1"]);
    assert!(values("server", "proxy_set_header").contains(&"Connection \"\"".to_owned()));
    assert!(seconds("server", "proxy_connect_timeout") <= 2);
    assert!(seconds("", "worker_shutdown_timeout") <= 10);
}

#[test]
fn a_request_that_may_have_been_received_is_never_sent_again_unless_it_is_harmless() {
    assert_eq!(values("server", "proxy_next_upstream"), ["error timeout"]);
}

#[test]
fn headers_that_tell_of_the_client_are_overwritten_everywhere() {
    let set = values("server", "proxy_set_header");
    for header in ["X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "Host $host", "Forwarded \"\""] {
        assert!(set.contains(&header.to_owned()), "{header}");
    }
    // A location with a header of its own would lose all of these.
    let elsewhere = directives().into_iter().filter(|(block, _)| block.starts_with("location"));
    assert!(!elsewhere.into_iter().any(|(_, text)| text.starts_with("proxy_set_header")));
    assert!(!file("deploy/nginx/nginx.conf").contains("$proxy_add_x_forwarded_for"));
}

#[test]
fn limits_leave_the_servers_own_refusals_their_words() {
    let kilobytes = |name: &str| -> u32 {
        let value = values("server", name).pop().unwrap_or_else(|| panic!("no {name}"));
        value.rsplit(' ').next().and_then(|size| size.strip_suffix('k')).and_then(|size| size.parse().ok()).expect("k")
    };
    assert!((65..=256).contains(&kilobytes("client_max_body_size")), "a little above 64 KiB");
    assert_eq!(kilobytes("client_max_body_size"), kilobytes("client_body_buffer_size"), "nothing goes to disk");
    assert!(kilobytes("large_client_header_buffers") > 8);
    assert_eq!(values("http", "server_tokens"), ["off"]);
    assert_eq!(values("location /metrics", "return"), ["404"]);
}

#[test]
fn everything_it_writes_lies_in_one_folder() {
    for (block, name) in [
        ("", "pid"),
        ("http", "client_body_temp_path"),
        ("http", "proxy_temp_path"),
        ("http", "fastcgi_temp_path"),
        ("http", "uwsgi_temp_path"),
        ("http", "scgi_temp_path"),
    ] {
        assert!(values(block, name).iter().all(|path| path.starts_with("/tmp/")), "{name}");
        assert_eq!(values(block, name).len(), 1, "{name}");
    }
}

#[test]
fn nginx_takes_the_configuration_without_a_word_against_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let own = folder.path().to_str().expect("text");
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    std::fs::write(folder.path().join("fullchain.pem"), key.cert.pem()).expect("a file");
    std::fs::write(folder.path().join("privkey.pem"), key.signing_key.serialize_pem()).expect("a file");
    let mut text = file("deploy/nginx/nginx.conf");
    for (from, to) in [
        ("listen 80 ", format!("listen 127.0.0.1:{} ", free_port())),
        ("listen 443 ", format!("listen 127.0.0.1:{} ", free_port())),
        ("server app-1:3000 ", "server 127.0.0.1:3001 ".to_owned()),
        ("server app-2:3000 ", "server 127.0.0.1:3002 ".to_owned()),
        ("/tmp/", format!("{own}/")),
        ("/etc/nginx/certificate/", format!("{own}/")),
        ("/dev/stdout", format!("{own}/access.log")),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, &to);
    }
    let written = folder.path().join("nginx.conf");
    std::fs::write(&written, text).expect("a file");
    // Debian keeps it where only root's PATH leads.
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("nginx").arg("-t").arg("-c").arg(&written).env("PATH", path).output();
    let output = output.expect("nginx is installed, or was fetched by make test");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // The one form of `http2` that 1.22 and newer ones take; the newer ones say that they prefer another.
    let complaints = said.lines().filter(|line| line.contains("[warn]") && !line.contains("\"listen ... http2\""));
    assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&str>::new());
}
