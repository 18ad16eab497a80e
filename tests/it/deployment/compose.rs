use std::collections::HashMap;
use std::fs;
use std::path::Path;

use clap::Parser;
use serde_json::Value;
use service_manager::server::command_line::{Command, CommandLine};
use service_manager::server::config::Config;

use crate::deployment::{file, image_settings, nginx, yaml};

/// The longest that the program takes to stop, in seconds.
const LONGEST_GOODBYE: u64 = 10;

fn compose() -> Value {
    yaml::read(&file("docker-compose.yml"))
}

fn services() -> Vec<(String, Value)> {
    let compose = compose();
    let services = compose["services"].as_object().expect("services");
    services.iter().map(|(name, service)| (name.clone(), service.clone())).collect()
}

fn service(name: &str) -> Value {
    services().into_iter().find(|(other, _)| other == name).unwrap_or_else(|| panic!("no service {name}")).1
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Those that run our own image.
fn ours() -> Vec<(String, Value)> {
    services().into_iter().filter(|(_, service)| service.get("build").is_some()).collect()
}

/// Those that serve the page.
fn servers() -> Vec<(String, Value)> {
    ours().into_iter().filter(|(_, service)| service.get("command").is_none()).collect()
}

/// A text as Compose passes it on, where the environment has these values.
fn filled_in(text: &str, given: &HashMap<&str, &str>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inner, after) = after.split_once('}').expect("an end");
        let name: String = inner.chars().take_while(|letter| letter.is_ascii_uppercase() || *letter == '_').collect();
        let default = match &inner[name.len()..] {
            "" => "",
            other if other.starts_with(":?") => "",
            other => other.strip_prefix(":-").unwrap_or_else(|| panic!("{inner}")),
        };
        let value = given.get(name.as_str()).copied().filter(|value| !value.is_empty()).unwrap_or(default);
        filled = filled + before + value;
        rest = after;
    }
    filled + rest
}

/// The settings that the program gets in a container.
fn settings(service: &Value, given: &[(&str, &str)]) -> HashMap<String, String> {
    let given = given.iter().copied().collect();
    let mut settings = image_settings();
    for (name, value) in service["environment"].as_object().expect("an environment") {
        settings.insert(name.clone(), filled_in(value.as_str().expect("a text"), &given));
    }
    settings
}

fn config(service: &Value, given: &[(&str, &str)]) -> Config {
    Config::from_values(settings(service, given)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_setting_in_a_container_is_one_that_the_program_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server");
    let mut sources = fs::read_to_string(folder.join("config.rs")).expect("text");
    for entry in fs::read_dir(folder.join("config")).expect("a folder") {
        sources += &fs::read_to_string(entry.expect("an entry").path()).expect("text");
    }
    let mut names = 0;
    for (service_name, service) in ours() {
        for name in settings(&service, &[]).into_keys().filter(|name| name != "LEPTOS_SITE_ROOT") {
            names += 1;
            assert!(sources.contains(&format!("\"{name}\"")), "{service_name}: {name}");
        }
    }
    assert!(names > 30, "settings are found at all");
}

#[test]
fn every_setting_of_the_example_reaches_a_server_unless_a_container_has_its_own() {
    let example = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".env.example")).expect("text");
    let names = example.lines().filter_map(|line| line.trim_start_matches('#').split_once('=')).map(|(name, _)| name);
    let names: Vec<&str> =
        names.filter(|name| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')).collect();
    assert!(names.len() > 25, "settings are found at all");
    // Where things are inside is not for .env to say; the sandbox, Redis and nginx are containers of their own.
    let own = [
        "CERTIFICATE_FOLDER",
        "LEPTOS_SITE_ADDR",
        "PUBLISH_ON",
        "REDIS_HOST",
        "REDIS_PORT",
        "REDIS_PASSWORD_FILE",
        "REDIS_URL",
        "REDIS_MAXMEMORY",
        "SANDBOX_ADDR",
        "SANDBOX_CUSTOMERS",
    ];
    let environment = &service("app")["environment"];
    for name in names.into_iter().filter(|name| !own.contains(name)) {
        let value = environment[name].as_str().unwrap_or_else(|| panic!("{name} reaches no container"));
        assert!(value.starts_with(&format!("${{{name}:-")), "{name} is {value}");
    }
}

#[test]
fn every_container_starts_with_nothing_set_and_with_everything_set() {
    let all = [
        ("ENVIRONMENT", "production"),
        ("REDIS_PASSWORD", "a-password"),
        ("ADMIN_USERNAME", "admin"),
        ("ADMIN_PASSWORD", "correct horse battery"),
        ("CORE_BANKING_URL", "https://bank.example/api"),
        ("PUBLIC_ORIGIN", "https://console.bank.example"),
    ];
    for (name, service) in ours() {
        let (bare, full) = (config(&service, &[]), config(&service, &all));
        if !servers().iter().any(|(server, _)| *server == name) {
            continue;
        }
        assert!(bare.core_banking.is_sandbox, "{name} says that its data are made up");
        assert_eq!(full.core_banking.url, "https://bank.example/api");
        assert!(!full.core_banking.is_sandbox);
        assert_eq!(full.auth.public_origin, "https://console.bank.example");
        assert!(full.auth.first_admin.is_some() && full.redis.password.is_some());
    }
}

#[test]
fn containers_find_each_other_by_the_names_and_ports_they_have() {
    let sandbox = config(&service("sandbox"), &[]).sandbox.address;
    let command = texts(&service("sandbox")["command"]).join(" ");
    let command = CommandLine::try_parse_from(["service-manager", &command]).expect("a command").command;
    assert!(matches!(command, Command::Sandbox { command: None }));
    assert!(servers().len() == 3, "one alone and two behind nginx");
    for (name, server) in servers() {
        let config = config(&server, &[]);
        assert_eq!(config.core_banking.url, format!("http://{}", sandbox.replace("0.0.0.0", "sandbox")), "{name}");
        assert_eq!((config.redis.host.as_str(), config.redis.port), ("redis", 6379), "{name}");
        assert_eq!(server["depends_on"]["redis"]["condition"], "service_healthy", "{name}");
        assert_eq!(server["image"], format!("service-manager:{}", env!("CARGO_PKG_VERSION")), "{name}");
        assert!(
            !server.as_object().expect("a mapping").contains_key("healthcheck"),
            "{name} is asked by its own image"
        );
    }
    let alone = service("app");
    let port = config(&alone, &[]).site_address.port();
    assert_eq!(texts(&alone["ports"]), [format!("127.0.0.1:{port}:{port}")]);
    assert_eq!(config(&alone, &[]).auth.public_origin, format!("http://127.0.0.1:{port}"));
}

#[test]
fn every_container_can_do_no_more_than_it_must() {
    for (name, service) in services() {
        assert_eq!(service["read_only"], "true", "{name}");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(texts(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        assert!(service.get("cap_add").is_none() && service.get("privileged").is_none(), "{name}");
        assert!(service.get("build").is_some() || service.get("user").is_some_and(|user| user != "root"), "{name}");
        for port in texts(&service["ports"]) {
            let port = filled_in(port, &HashMap::new());
            assert!(port.starts_with("127.0.0.1:"), "{name} is published on this machine alone: {port}");
        }
        let patience = service["stop_grace_period"].as_str().and_then(|text| text.strip_suffix('s'));
        let patience: u64 = patience.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name}: in seconds"));
        assert!(patience > LONGEST_GOODBYE, "{name}");
    }
}

#[test]
fn redis_keeps_what_it_was_given_and_its_password_stays_off_command_lines() {
    let redis = service("redis");
    assert!(redis["image"].as_str().is_some_and(|image| image.starts_with("redis:7")));
    let script = texts(&redis["entrypoint"]).join("\n");
    for setting in ["requirepass", "appendonly yes", "maxmemory %s", "maxmemory-policy noeviction", "dir /data"] {
        assert!(script.contains(setting), "{setting}");
    }
    assert!(script.contains(r#""$$REDIS_PASSWORD" "$$REDIS_MAXMEMORY" > /tmp/redis.conf"#), "in this order: {script}");
    let most = redis["environment"]["REDIS_MAXMEMORY"].as_str().expect("a most");
    assert_eq!(filled_in(most, &HashMap::new()), "512mb", "or nothing is refused before the machine ends Redis");
    assert_eq!(filled_in(most, &HashMap::from([("REDIS_MAXMEMORY", "2gb")])), "2gb");
    assert!(script.contains("umask 077") && script.contains("exec redis-server /tmp/redis.conf"));
    assert_eq!(texts(&redis["tmpfs"]), ["/tmp"]);
    assert_eq!(texts(&redis["volumes"]), ["redis-data:/data"]);
    assert!(redis.get("profiles").is_none(), "make run starts it by its name alone");
    let check = texts(&redis["healthcheck"]["test"]).join(" ");
    assert!(check.contains("REDISCLI_AUTH") && !check.contains(" -a "));
}

#[test]
fn two_instances_stand_behind_nginx_under_the_names_and_addresses_it_knows() {
    let replicas: Vec<_> = services().into_iter().filter(|(_, one)| texts(&one["profiles"]) == ["replicas"]).collect();
    let names: Vec<_> = replicas.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["app-1", "app-2", "nginx"]);
    let front = service("nginx");
    let address = |service: &Value| service["networks"]["front"]["ipv4_address"].as_str().expect("one").to_owned();
    let compose = compose();
    let subnet = compose["networks"]["front"]["ipam"]["config"][0]["subnet"].as_str().expect("a subnet");
    let subnet: ipnet::IpNet = subnet.parse().expect("a network");
    let mut known = Vec::new();
    let mut upstreams = Vec::new();
    for (name, replica) in replicas.iter().filter(|(name, _)| name != "nginx") {
        assert!(subnet.contains(&address(replica).parse::<std::net::IpAddr>().expect("an address")));
        let trusted = config(replica, &[]).trusted_proxies;
        let ip = |service: &Value| address(service).parse().expect("an address");
        assert!(trusted.contains(ip(&front)) && !trusted.contains(ip(replica)), "{name} trusts nginx and nobody else");
        assert!(replica.get("ports").is_none(), "{name} is reached by nginx alone");
        assert!(replica["networks"].as_object().expect("networks").contains_key("default"), "{name} reaches Redis");
        assert_eq!(front["depends_on"][name]["condition"], "service_healthy");
        assert_eq!(config(replica, &[]).auth.public_origin, "https://localhost");
        known.push(format!("{name}:{}", address(replica)));
        upstreams.push(format!("{name}:{}", config(replica, &[]).site_address.port()));
    }
    assert_eq!(texts(&front["extra_hosts"]), known);
    assert_eq!(nginx::upstreams(), upstreams);
    assert_eq!(front["networks"].as_object().expect("networks").len(), 1, "nginx does not reach Redis");
    assert!(service("redis").get("networks").is_none());
}

#[test]
fn nginx_finds_its_files_in_the_container() {
    let front = service("nginx");
    let mounted = texts(&front["volumes"]).join("\n");
    assert!(mounted.contains("./deploy/nginx/nginx.conf:/etc/nginx/nginx.conf:ro"));
    assert!(mounted.contains(":/etc/nginx/certificate:ro"));
    assert_eq!(texts(&front["tmpfs"]), ["/tmp"], "the one folder that its configuration writes to");
    let published: Vec<_> = texts(&front["ports"]).iter().map(|port| filled_in(port, &HashMap::new())).collect();
    assert_eq!(published, ["127.0.0.1:80:80", "127.0.0.1:443:443"]);
    assert_eq!(front["sysctls"]["net.ipv4.ip_unprivileged_port_start"], "0", "for ports below 1024 without root");
}
