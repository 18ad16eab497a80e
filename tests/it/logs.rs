//! Lines of services: heard, kept once, streamed.

use std::time::{Duration, Instant};

use redis::streams::StreamRangeReply;
use reqwest::StatusCode;
use serde_json::Value;
use service_manager::model::user::Role;
use service_manager::server::logs::own::OwnLines;
use tokio_util::sync::CancellationToken;

use crate::support::log_lines::{STREAM, are_heard_by, is_kept, kept, next, say, stream, text};
use crate::support::{App, BUSY_MACHINE, EventReader, METRICS_TOKEN, RedisServer, Scrape, eventually, show};

async fn message(reader: &mut EventReader) -> String {
    let event = next(reader).await;
    assert_eq!(event.name, "message", "{event:?}");
    let line: Value = serde_json::from_str(&event.data).expect("JSON");
    line["message"].as_str().expect("a message").to_owned()
}

#[tokio::test]
async fn a_line_is_kept_once_however_many_hear_it_and_also_when_the_keeper_goes() {
    const LINES: usize = 400;
    let server = RedisServer::start().await;
    let mut apps = vec![App::start(&server).await, App::start(&server).await];
    is_kept(&server).await;
    are_heard_by(&server, 2).await;
    let mut redis = server.connection().await;
    for n in 0..LINES {
        say(&mut redis, &text("mail", "info", &n.to_string())).await;
        if n == LINES / 2 {
            // Whichever of the two it is that keeps lines: the other one goes on, or takes over.
            apps.remove(0).stop().await;
            is_kept(&server).await;
        }
    }
    let all: Vec<String> = (0..LINES).map(|n| n.to_string()).collect();
    for key in ["sm:logs", "sm:logs:mail"] {
        eventually("all lines are kept", || async { (kept(&server, key).await.last() == all.last()).then_some(()) })
            .await;
        let kept = kept(&server, key).await;
        assert_eq!(kept, all, "{key}: none is missing, and none is there twice");
    }
}

#[tokio::test]
async fn a_stream_begins_with_the_latest_lines_and_goes_on_where_it_was() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let ana = app.signed_in("ana", Role::Viewer).await;
    is_kept(&server).await;
    let mut redis = server.connection().await;
    for n in 0..250 {
        say(&mut redis, &text("mail", if n % 10 == 0 { "warn" } else { "info" }, &n.to_string())).await;
    }
    say(&mut redis, &text("cards", "error", "card")).await;
    eventually("all are kept", || async { (kept(&server, "sm:logs").await.len() == 251).then_some(()) }).await;

    let mut all = stream(&app, &ana, "tab=a").await;
    for n in 51..250 {
        assert_eq!(message(&mut all).await, n.to_string());
    }
    let last = next(&mut all).await;
    assert!(last.data.contains(r#""service":"cards","level":"error","message":"card","timestamp":1}"#), "{last:?}");
    drop(all);

    let mut mail = stream(&app, &ana, "tab=a&service=mail&level=warn").await;
    for n in (0..250).step_by(10) {
        assert_eq!(message(&mut mail).await, n.to_string());
    }
    say(&mut redis, &text("mail", "info", "passed over")).await;
    say(&mut redis, &text("cards", "warn", "passed over")).await;
    say(&mut redis, &text("mail", "error", "live")).await;
    assert_eq!(message(&mut mail).await, "live");
    drop(mail);

    let mut resumed = stream(&app, &ana, &format!("tab=a&after={}", last.id)).await;
    for expected in ["passed over", "passed over", "live"] {
        assert_eq!(message(&mut resumed).await, expected);
    }
    let (epoch, entry) = last.id.split_once('.').expect("a position");
    let mut of_another_life = stream(&app, &ana, &format!("tab=b&after=0{epoch}.{entry}")).await;
    assert_eq!(next(&mut of_another_life).await.data, r#"{"n":0}"#, "nobody knows what another life of Redis held");
    assert_eq!(message(&mut of_another_life).await, "passed over");
    let mut lost = stream(&app, &ana, &format!("tab=c&after={epoch}.1-0")).await;
    assert_eq!(next(&mut lost).await.data, r#"{"n":0}"#);
    assert_eq!(message(&mut lost).await, "54", "the last 200");

    let file =
        ana.get(app.url("/api/services/logs.txt?service=cards&level=error&q=CARD")).send().await.expect("an answer");
    assert_eq!(file.headers()["content-disposition"], "attachment; filename=\"logs.txt\"");
    assert_eq!(file.text().await.expect("text"), "1970-01-01T00:00:00.001Z ERROR cards card\n");
    for (query, field) in [("service=No", "service"), ("level=loud", "level"), ("tab=a%20b", "tab")] {
        let answer = ana.get(app.url(&format!("{STREAM}?{query}"))).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json::<Value>().await.expect("JSON")["field"], field);
    }
}

#[tokio::test]
async fn a_page_begins_with_the_latest_lines_and_no_more_of_them_than_it_wants() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let ana = app.signed_in("ana", Role::Viewer).await;
    is_kept(&server).await;
    let mut redis = server.connection().await;
    for n in 0..610 {
        say(&mut redis, &text("mail", if n % 100 == 0 { "warn" } else { "info" }, &n.to_string())).await;
    }
    say(&mut redis, &text("cards", "error", "card")).await;
    eventually("all are kept", || async { (kept(&server, "sm:logs").await.len() == 611).then_some(()) }).await;
    let page = async |form: &[(&str, &str)]| -> Vec<String> {
        let asked = ana.post(app.url("/fn/log_page")).header("sec-fetch-site", "same-origin").form(form);
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{form:?}");
        let page: Value = answer.json().await.expect("JSON");
        let message = |logged: &Value| logged["Line"]["message"].as_str().expect("a line").to_owned();
        page["lines"].as_array().expect("lines").iter().map(message).collect()
    };
    let numbers = |numbers: std::ops::Range<usize>| numbers.map(|n| n.to_string()).collect::<Vec<_>>();
    let mail = ("question[service]", "mail");
    assert_eq!(page(&[mail]).await, numbers(410..610));
    assert_eq!(page(&[mail, ("most", "20")]).await, numbers(590..610));
    assert_eq!(page(&[mail, ("most", "9999")]).await, numbers(410..610), "never more than a page begins with");
    assert_eq!(page(&[mail, ("most", "0")]).await, numbers(0..0));
    assert_eq!(page(&[("most", "2")]).await, ["609", "card"]);
    let warnings = page(&[mail, ("question[level]", "warn"), ("most", "3")]).await;
    assert_eq!(warnings, ["400", "500", "600"], "as many as are found, however far back");
    assert_eq!(page(&[mail, ("question[q]", "00"), ("most", "9")]).await.len(), 6);
    assert_eq!(page(&[("question[service]", "quiet"), ("most", "20")]).await, numbers(0..0));
}

#[tokio::test]
async fn a_bad_line_is_counted_and_kept_as_a_sample_and_the_next_one_is_kept() {
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("METRICS_TOKEN", METRICS_TOKEN)]).await;
    is_kept(&server).await;
    let mut redis = server.connection().await;
    say(&mut redis, "no JSON\u{1b}[31m").await;
    say(&mut redis, &text("mail", "fatal", "m")).await;
    say(&mut redis, &"x".repeat(1024 * 1024)).await;
    say(&mut redis, &text("mail", "info", "good")).await;
    eventually("the good one is kept", || async { (kept(&server, "sm:logs:mail").await == ["good"]).then_some(()) })
        .await;
    let samples: Vec<String> =
        redis::cmd("LRANGE").arg(&["sm:rejected", "0", "-1"]).query_async(&mut redis).await.expect("samples");
    let samples: Vec<Value> = samples.iter().map(|sample| serde_json::from_str(sample).expect("JSON")).collect();
    assert_eq!(samples.len(), 3);
    assert!(samples.iter().all(|sample| sample["channel"] == "service:logs"));
    let now = server.now().await;
    let is_told = |sample: &Value| sample["at"].as_u64().is_some_and(|at| (now - 10_000..=now).contains(&at));
    assert!(samples.iter().all(is_told), "it is told when it came: {samples:?}");
    assert_eq!(samples[0]["error"], "the message is 1048576 bytes long; it may be 65536");
    assert_eq!(samples[0]["sample"].as_str().map(str::len), Some(512));
    assert!(samples[1]["error"].as_str().is_some_and(|error| error.contains("unknown variant `fatal`")));
    let count: u64 =
        redis::cmd("HGET").arg(&["sm:counters", "rejected"]).query_async(&mut redis).await.expect("a count");
    let scrape = Scrape::read(&app).await;
    assert_eq!((count, scrape.value("inbox_rejected_total"), scrape.value("log_lines_kept_total")), (3, 3.0, 1.0));
}

#[tokio::test]
async fn streams_of_lines_count_towards_a_limit_of_their_own() {
    let server = RedisServer::start().await;
    let (app, other) = (App::start(&server).await, App::start(&server).await);
    let ana = app.signed_in("ana", Role::Viewer).await;
    let open = async |app: &App, path: &str, tab: &str| {
        ana.get(app.url(&format!("{path}?tab={tab}"))).send().await.expect("an answer")
    };
    let status = "/api/services/status/stream";
    let mut held = Vec::new();
    for (app, path, tab) in [(&app, status, "a"), (&other, STREAM, "a"), (&app, STREAM, "b"), (&other, status, "b")] {
        let answer = open(app, path, tab).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path} {tab}");
        held.push(answer);
    }
    for (app, path) in [(&app, STREAM), (&other, status)] {
        let refused = open(app, path, "c").await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
        assert!((1..=46).contains(&wait), "{wait}");
    }
    // An instance that was killed gives nothing back.
    let ran_out = format!("token {}", server.now().await - 1);
    let mut left = redis::cmd("HSET");
    left.arg("sm:streams:ana").arg(&["d", &ran_out, "logs:d", &ran_out]);
    left.exec_async(&mut server.connection().await).await.expect("set");
    let session: Value = ana.get(app.url("/api/session")).send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!((&session["openStreams"], &session["openLogStreams"]), (&2.into(), &2.into()));
    assert_eq!((&session["maxStreams"], &session["maxStreamsWithLogs"]), (&3.into(), &4.into()));
    // The same tab takes its earlier stream over, and no other of its streams.
    let again = open(&app, STREAM, "b").await;
    assert_eq!(again.status(), StatusCode::OK);
    let earlier = held.remove(2);
    assert_eq!(EventReader::new(earlier).next_named("replaced").await.data, "{}");
    drop(held.pop());
    eventually("a status stream may be opened again", || async {
        (open(&other, status, "c").await.status() == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_out_gets_no_more_lines() {
    let server = RedisServer::start().await;
    let app = App::start(&server).await;
    let ana = app.signed_in("ana", Role::Viewer).await;
    let mut lines = stream(&app, &ana, "tab=a").await;
    ana.post(app.url("/logout")).header("sec-fetch-site", "same-origin").send().await.expect("signed out");
    assert_eq!(lines.next_named("signed-out").await.data, "{}");
    assert_eq!(lines.next().await, None);
    assert_eq!(ana.get(app.url(STREAM)).send().await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_restart_of_redis_is_told_and_lines_go_on() {
    let mut server = RedisServer::start().await;
    let app = App::start(&server).await;
    let ana = app.signed_in("ana", Role::Viewer).await;
    is_kept(&server).await;
    let mut lines = stream(&app, &ana, "tab=a").await;
    say(&mut server.connection().await, &text("mail", "info", "before")).await;
    assert_eq!(message(&mut lines).await, "before");
    server.kill();
    assert_eq!(lines.next_named("redis").await.data, r#"{"connected":false}"#);
    server.start_again().await;
    assert_eq!(lines.next_named("redis").await.data, r#"{"connected":true}"#);
    are_heard_by(&server, 1).await;
    let mut redis = server.connection().await;
    let mut gaps = 0;
    let mut said = 0;
    loop {
        // Until the lease of the time before has run out, nobody keeps what is said.
        say(&mut redis, &text("mail", "info", "after")).await;
        said += 1;
        let event = tokio::time::timeout(Duration::from_millis(100), next(&mut lines)).await;
        match event.map(|event| event.name) {
            Ok(name) if name == "message" => break,
            Ok(_) => gaps += 1,
            Err(_) => assert!(said < 100, "lines never go on"),
        }
    }
    assert!(gaps > 0, "it is told that lines may be missing");
}

#[tokio::test]
async fn what_our_own_services_say_is_published_in_their_name() {
    let server = RedisServer::start().await;
    let _app = App::start(&server).await;
    is_kept(&server).await;
    let (mouth, lines) = OwnLines::new();
    let shutdown = CancellationToken::new();
    let speaking = tokio::spawn(lines.publish(server.redis(), "worker-1".to_owned(), shutdown.clone()));
    for n in 0..3 {
        let line = text("balance-sync", "warn", &n.to_string());
        mouth.say(serde_json::from_str(&line).expect("a line"));
    }
    eventually("all are kept", || async {
        (kept(&server, "sm:logs:balance-sync").await == ["0", "1", "2"]).then_some(())
    })
    .await;
    mouth.say(serde_json::from_str(&text("balance-sync", "info", "the last words")).expect("a line"));
    shutdown.cancel();
    speaking.await.expect("no panic");
    eventually("the last words are kept", || async {
        (kept(&server, "sm:logs:balance-sync").await.last().map(String::as_str) == Some("the last words")).then_some(())
    })
    .await;
    let mut redis = server.connection().await;
    let log: StreamRangeReply =
        redis::cmd("XRANGE").arg(&["sm:logs", "-", "+"]).query_async(&mut redis).await.expect("lines");
    assert!(
        log.ids.iter().all(|entry| {
            entry.get::<String>("line").is_some_and(|line| line.ends_with(r#","instance":"worker-1"}"#))
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_lines_harms_no_status_stream_and_what_is_too_much_is_counted_and_told() {
    const RATE: u64 = 50_000;
    const SECONDS: u64 = 2;
    const TOGETHER: u64 = 1_000;
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("METRICS_TOKEN", METRICS_TOKEN)]).await;
    let ana = app.signed_in("ana", Role::Viewer).await;
    is_kept(&server).await;
    let mut lines = stream(&app, &ana, "tab=a").await;
    let status = ana.get(app.url("/api/services/status/stream?tab=a")).send().await.expect("an answer");
    let mut statuses = EventReader::new(status);

    let flooding = tokio::spawn({
        let mut redis = server.connection().await;
        async move {
            let (began, mut sent) = (Instant::now(), 0);
            while began.elapsed() < Duration::from_secs(SECONDS) {
                let mut together = redis::pipe();
                for n in sent..sent + TOGETHER {
                    together.cmd("PUBLISH").arg("service:logs").arg(text("flood", "info", &n.to_string())).ignore();
                }
                together.exec_async(&mut redis).await.expect("published");
                sent += TOGETHER;
                tokio::time::sleep_until((began + Duration::from_micros(sent * 1_000_000 / RATE)).into()).await;
            }
            (sent, began.elapsed())
        }
    });
    // A status every 50 ms, each awaited on the stream.
    let mut redis = server.connection().await;
    let mut latencies = Vec::new();
    while !flooding.is_finished() {
        let n = latencies.len();
        let payload = format!(r#"{{"service":"pulse","timestamp":1,"status":{{"n":{n}}}}}"#);
        let asked = Instant::now();
        redis::cmd("PUBLISH").arg("service:pulse").arg(payload).exec_async(&mut redis).await.expect("published");
        loop {
            let event = statuses.next_change().await;
            if event.data.starts_with(r#"{"service":"pulse""#) && event.data.contains(&format!(r#""n":{n}}}"#)) {
                break;
            }
        }
        latencies.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (sent, lasted) = flooding.await.expect("no panic");
    let scrape = eventually("every line is kept or counted", || async {
        let scrape = Scrape::read(&app).await;
        let heard = scrape.value("log_lines_kept_total") + scrape.value("log_lines_dropped_total");
        (heard == sent as f64).then_some(scrape)
    })
    .await;
    let (kept, dropped) = (scrape.value("log_lines_kept_total"), scrape.value("log_lines_dropped_total"));
    // Said again and again: the second that the flood ended in may have no room for it.
    let ending = tokio::spawn(async move {
        for ends in 1.. {
            say(&mut redis, &text("flood", "error", &format!("the end {ends}"))).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let (mut streamed, mut missing) = (0, 0);
    loop {
        let event = next(&mut lines).await;
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        match event.name.as_str() {
            "dropped" => missing += data["n"].as_u64().expect("a number"),
            _ if data["level"] == "error" => {
                let ends = data["message"].as_str().and_then(|message| message.strip_prefix("the end "));
                missing -= ends.and_then(|ends| ends.parse::<u64>().ok()).expect("a number") - 1;
                break;
            }
            _ => streamed += 1,
        }
    }
    ending.abort();
    latencies.sort_unstable();
    let (median, most) = (latencies[latencies.len() / 2], latencies[latencies.len() - 1]);
    show(&format!(
        "lines: {sent} in {lasted:.2?}, {kept} kept, {dropped} counted; {streamed} streamed, {missing} told as missing; \
         {} statuses meanwhile, {median:.1?} in the median, {most:.1?} at most; {} subscribers lost",
        latencies.len(),
        scrape.value("redis_connection_losses_total{connection=\"logs\"}")
            + scrape.value("redis_connection_losses_total{connection=\"subscriber\"}"),
    ));
    // A machine so busy that it cannot say more than may be kept drops nothing.
    let may_be_kept = 5_000.0 * lasted.as_secs_f64().ceil();
    assert!(dropped > 0.0 || sent as f64 <= may_be_kept, "{sent} in {lasted:?}");
    assert!(kept <= 5_000.0 * (lasted.as_secs_f64() + 2.0).ceil(), "{kept} in {lasted:?}");
    assert_eq!(streamed + missing, sent, "each line came or was told as missing");
    assert!(latencies.len() >= 3, "statuses came meanwhile: {}", latencies.len());
    assert!(most < BUSY_MACHINE / 2, "{most:?}");
    for connection in ["logs", "subscriber", "publisher"] {
        assert_eq!(scrape.value(&format!("redis_connection_losses_total{{connection=\"{connection}\"}}")), 0.0);
    }
}
