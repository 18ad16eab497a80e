use super::*;

fn read(values: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_values(values.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
}

fn refusal(values: &[(&str, &str)]) -> String {
    read(values).map(|_| "accepted".to_owned()).unwrap_or_else(|error| error.to_string())
}

#[test]
fn everything_has_the_contracts_default() {
    let config = read(&[]).expect("no setting is required in development");
    assert_eq!(config.redis.port, 6379);
    assert_eq!(config.worker.balance_sync_interval, Duration::from_secs(300));
    assert_eq!(config.core_banking.url, "http://127.0.0.1:3100");
    assert!(config.core_banking.is_sandbox);
    assert_eq!(config.auth.public_origin, "http://127.0.0.1:3000");
    assert_eq!(config.stream.max_per_user, 3);
}

#[test]
fn a_wrong_setting_is_named_with_its_value_and_its_rule() {
    for (name, value, said) in [
        ("REDIS_PORT", "abc", r#"REDIS_PORT is "abc"; it must be a port number from 1 to 65535"#),
        ("ENVIRONMENT", "prod", r#"ENVIRONMENT is "prod"; it must be development, staging or production"#),
        (
            "SSE_HEARTBEAT_MS",
            "1",
            r#"SSE_HEARTBEAT_MS is "1"; it must be a whole number of milliseconds from 100 to 15000"#,
        ),
        (
            "SSE_MAX_STREAMS_PER_USER",
            "0",
            r#"SSE_MAX_STREAMS_PER_USER is "0"; it must be a whole number from 1 to 1000000"#,
        ),
        (
            "CORE_BANKING_URL",
            "bank",
            r#"CORE_BANKING_URL is "bank"; it must be the http:// or https:// address of the core banking system"#,
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.1, nginx",
            r#"TRUSTED_PROXIES is "10.0.0.1, nginx"; it must be a list of addresses or networks, such as 10.0.0.7,172.28.0.0/24"#,
        ),
        (
            "ADMIN_USERNAME",
            "ana",
            "ADMIN_PASSWORD is not set; it must be the first administrator's password, 12 to 128 characters",
        ),
    ] {
        assert_eq!(refusal(&[(name, value)]), said);
    }
}

#[test]
fn production_needs_a_core_banking_system() {
    let said = refusal(&[("ENVIRONMENT", "production")]);
    assert!(said.starts_with("CORE_BANKING_URL is not set"), "{said}");
}

#[test]
fn the_sandbox_is_named_by_a_host_and_a_port() {
    for good in ["127.0.0.1:3100", "sandbox:3100", "[::1]:3100", "my_sandbox.bank.example:80", "0.0.0.0:0"] {
        let config = read(&[("SANDBOX_ADDR", good)]).expect(good);
        assert_eq!(config.sandbox.address, good);
        assert_eq!(config.core_banking.url, format!("http://{good}"));
        assert!(config.core_banking.is_sandbox);
    }
    for bad in ["sandbox", ":3100", "sandbox:", "sandbox:65536", "http://sandbox:3100", "a b:3100", "::1:3100", "a@b:1"]
    {
        let rule = "it must be a host with a port, such as 127.0.0.1:3100 or sandbox:3100";
        assert_eq!(refusal(&[("SANDBOX_ADDR", bad)]), format!("SANDBOX_ADDR is \"{bad}\"; {rule}"));
    }
}

#[test]
fn plain_http_is_refused_off_loopback() {
    for good in ["https://console.bank.example", "http://localhost:3000", "http://[::1]:3000", "http://127.0.0.1"] {
        assert!(read(&[("PUBLIC_ORIGIN", good)]).is_ok(), "{good}");
    }
    for bad in ["http://console.bank.example", "https://bank.example/console", "console", "ftp://localhost"] {
        assert!(refusal(&[("PUBLIC_ORIGIN", bad)]).starts_with("PUBLIC_ORIGIN is"), "{bad}");
    }
}

#[test]
fn proxies_are_named_by_address_or_network() {
    let proxies = read(&[("TRUSTED_PROXIES", "10.0.0.7, 172.28.0.0/24,2001:db8::/32")]).expect("good").trusted_proxies;
    for (address, is_trusted) in [
        ("10.0.0.7", true),
        ("10.0.0.8", false),
        ("172.28.0.255", true),
        ("172.28.1.0", false),
        ("::ffff:10.0.0.7", true),
        ("2001:db8:5::1", true),
        ("::1", false),
    ] {
        assert_eq!(proxies.contains(address.parse().expect("an address")), is_trusted, "{address}");
    }
    let nobody = read(&[]).expect("good").trusted_proxies;
    assert!(!nobody.contains([127, 0, 0, 1].into()), "nobody is trusted unless named");
}

#[test]
fn the_first_administrator_follows_the_rules_of_users_and_their_password_is_not_repeated() {
    let said = |name, password| refusal(&[("ADMIN_USERNAME", name), ("ADMIN_PASSWORD", password)]);
    assert_eq!(said("ana", "correct horse battery"), "accepted");
    let name = r#"ADMIN_USERNAME is "Ana"; it must be 1 to 64 of a-z, 0-9, '.', '_' and '-'"#;
    assert_eq!(said("Ana", "correct horse battery"), name);
    assert_eq!(said("ana", "hunter2"), r#"ADMIN_PASSWORD is "(not shown)"; it must be 12 to 128 characters"#);
}

#[test]
fn a_token_that_no_header_can_carry_is_refused_and_not_repeated() {
    assert!(read(&[("METRICS_TOKEN", "9f3c-2a1b_+/=")]).is_ok_and(|config| config.metrics.token.is_some()));
    assert!(read(&[("METRICS_TOKEN", " ")]).is_ok_and(|config| config.metrics.token.is_none()));
    for bad in ["two words", "schlüssel", "a\tb"] {
        let said = refusal(&[("METRICS_TOKEN", bad)]);
        assert!(said.starts_with(r#"METRICS_TOKEN is "(not shown)"; it must be"#), "{said}");
    }
}

#[test]
fn a_password_in_an_address_is_not_repeated() {
    assert!(!refusal(&[("REDIS_URL", "http://:hunter2@host")]).contains("hunter2"));
}

#[test]
fn an_unreadable_file_names_the_place_and_not_what_stands_there() {
    let said = |text: &str| entries(dotenvy::from_read_iter(text.as_bytes())).map_err(|error| error.to_string());
    assert_eq!(said("A=1\nB=\"a b\"\n").map(|entries| entries.len()), Ok(2));
    let refusal = ".env cannot be read: the entry after A is malformed; a value with spaces needs quotes";
    assert_eq!(said("A=1\nB=hunter two\n"), Err(refusal.to_owned()));
}

#[test]
fn only_our_own_variables_have_to_be_texts_and_no_value_is_repeated() {
    use std::os::unix::ffi::OsStringExt;
    let unreadable = || OsString::from_vec(b"geheim\xe9".to_vec());
    let read = |name: &str| texts([(name.into(), unreadable()), ("REDIS_HOST".into(), "a".into())].into_iter());
    assert_eq!(read("FOO"), Ok(vec![("REDIS_HOST".to_owned(), "a".to_owned())]));
    let refusal = read("REDIS_PASSWORD").map_err(|error| error.to_string());
    assert_eq!(refusal, Err("REDIS_PASSWORD is not UTF-8 text".to_owned()));
    let example = include_str!("../../../.env.example");
    let names = example.lines().filter_map(|line| line.trim_start_matches('#').split_once('=')).map(|(name, _)| name);
    let of_compose = ["CERTIFICATE_FOLDER", "PUBLISH_ON"];
    let names = names.filter(|name| !name.is_empty() && !name.contains(char::is_lowercase));
    let names: Vec<_> = names.filter(|name| !of_compose.contains(name)).collect();
    assert!(names.len() > 25);
    for name in names {
        assert!(PREFIXES.iter().any(|prefix| name.starts_with(prefix)), "{name}");
    }
}
