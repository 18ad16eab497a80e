//! Messages that break every rule: counted, survived, and the next good one is shown.

use std::time::{Duration, Instant};

use service_manager::model::user::Role;

use crate::support::chance::Chance;
use crate::support::{
    App, BUSY_MACHINE, EventReader, METRICS_TOKEN, RedisServer, Scrape, eventually, show, soak, status_message,
};

const MESSAGES: u64 = 3_000;
const CHANNEL: &str = "service:email-sender";

/// A message that breaks a rule, and how.
fn malformed(chance: &mut Chance) -> (Vec<u8>, Vec<u8>) {
    let mut channel = CHANNEL.as_bytes().to_vec();
    let good = br#"{"service":"email-sender","timestamp":1,"status":{"n":1}}"#.to_vec();
    let message = |status: String| format!(r#"{{"service":"email-sender","timestamp":1,"status":{status}}}"#);
    let n = chance.below(1_000) as usize;
    let payload = match chance.below(14) {
        0 => [
            b"{\"service\":\"email-sender\",\"timestamp\":1,\"status\":{\"a\":\"",
            &[0xff, 0xfe, n as u8 | 0x80][..],
            b"\"}}",
        ]
        .concat(),
        // At most a hundredth is that long, or Redis would drop whoever listens, and rightly so.
        1 if n < 100 => vec![b'x'; 1024 * 1024],
        1 => vec![b'x'; 65 * 1024],
        2 => message(format!("{}1{}", "{\"a\":[".repeat(20 + n), "]}".repeat(20 + n))).into_bytes(),
        3 => message("[".repeat(10_000)).into_bytes(),
        4 => message(format!("{{\"a\":\"line\r\nbreak\0{n}\"}}")).into_bytes(),
        5 => message(["[]", "1", "null", "\"text\"", "true"][n % 5].to_owned()).into_bytes(),
        6 => br#"{"service":["email-sender"],"timestamp":1,"status":{}}"#.to_vec(),
        7 => format!(r#"{{"service":"email-sender","timestamp":"{n}","status":{{}}}}"#).into_bytes(),
        8 => good[..1 + n % (good.len() - 1)].to_vec(),
        9 => (0..n).map(|_| chance.below(256) as u8).chain([0xff]).collect(),
        10 => message("{}".to_owned()).replace("email", "e-mail").into_bytes(),
        11 => message(format!("{{\"a\":1e{}}}", 400 + n)).into_bytes(),
        12 => message(format!("{{}},\"reportEvery\":-{n}.5")).into_bytes(),
        _ => {
            let names: [&[u8]; 6] = [b"A", b"a/b", b"\r\n\0", b"\xff\xfe", b"-a", b"history"];
            channel = [b"service:", names[n % 6]].concat();
            good
        }
    };
    (channel, payload)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_malformed_messages_are_counted_and_the_next_good_one_is_shown_at_once() {
    let server = RedisServer::start().await;
    let app = App::start_with(&server, &[("METRICS_TOKEN", METRICS_TOKEN)]).await;
    let browser = app.signed_in("ana", Role::Viewer).await;
    let url = app.url("/api/services/status/stream");
    let mut events = EventReader::new(browser.get(url).send().await.expect("an answer"));
    events.next_change().await;
    let mut redis = server.connection().await;
    for round in 0..u64::from(soak()) {
        let seed = u64::from(std::process::id()) + round;
        let mut chance = Chance(seed);
        for _ in 0..MESSAGES / 100 {
            let mut hundred = redis::pipe();
            for _ in 0..100 {
                let (channel, payload) = malformed(&mut chance);
                hundred.cmd("PUBLISH").arg(channel).arg(payload).ignore();
            }
            hundred.exec_async(&mut redis).await.expect("published");
            // How much can be read in a second is another question.
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        let good = serde_json::to_string(&status_message("email-sender", &format!(r#"{{"seed":{seed}}}"#)));
        let published = Instant::now();
        redis::cmd("PUBLISH").arg(CHANNEL).arg(good.expect("JSON")).exec_async(&mut redis).await.expect("published");
        let shown = events.next_change().await;
        let took = published.elapsed();
        assert!(shown.data.contains(&format!(r#""seed":{seed}"#)), "seed {seed}: {shown:?}");
        assert!(took < BUSY_MACHINE, "seed {seed}: shown after {took:?}");
        let counted = eventually(&format!("seed {seed}: all are counted"), || async {
            let scrape = Scrape::read(&app).await;
            let of = |series| scrape.value(series) as u64;
            let (refused, overtaken) = (of("inbox_rejected_total"), of("inbox_overtaken_total"));
            (refused + overtaken == MESSAGES * (round + 1)).then_some((refused, overtaken))
        })
        .await;
        show(&format!(
            "seed {seed}: {} malformed messages so far, {} refused and {} passed over, the next good one shown after {took:.2?}",
            MESSAGES * (round + 1),
            counted.0,
            counted.1
        ));
    }
    assert_eq!(Scrape::read(&app).await.value("redis_connection_losses_total{connection=\"subscriber\"}"), 0.0);
}
