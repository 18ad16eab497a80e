"""A service of another team: says how it is, hears commands, answers them. The rules stand in docs/reference.md."""
import json, os, signal, sys, time
import redis

SERVICE, INSTANCE, REPORT_EVERY_MS = os.environ.get("SERVICE_ID", "letters-python"), f"python-{os.getpid()}", 5000
# In which states each command can be followed.
WORKS = ["running", "paused"]
POSSIBLE = {"trigger": ["running"], "start": ["stopped"], "stop": WORKS, "restart": WORKS, "pause": ["running"],
            "resume": ["paused"]}
status = {"state": "running", "sent": 0}

server = redis.Redis(os.environ.get("REDIS_HOST", "127.0.0.1"), int(os.environ.get("REDIS_PORT", 6379)),
                     username=os.environ.get("REDIS_USERNAME"), password=os.environ.get("REDIS_PASSWORD"))
commands = server.pubsub(ignore_subscribe_messages=True)

def publish(channel, **more):
    message = {"service": SERVICE, "instance": INSTANCE, "timestamp": int(time.time() * 1000), **more}
    server.publish(channel, json.dumps(message))

def report():
    publish(f"service:{SERVICE}", status=status, version="1.0.0", controls=list(POSSIBLE), reportEvery=REPORT_EVERY_MS)
    publish("service:metrics", metrics={"sent": status["sent"]})

def log(level, message):
    publish("service:logs", level=level, message=message, fields={"sent": status["sent"]})

def hear(id, command, service, **_):
    if service != SERVICE:
        return
    answer = lambda outcome, message=None: publish("service:commands:outcomes", id=id, outcome=outcome, message=message)
    if status["state"] not in POSSIBLE.get(command, []):
        why = f"It cannot {command}: it is {status['state']}."
        answer("refused", why)
        return log("warn", why)
    answer("accepted")
    status["sent"] += command == "trigger"
    status["state"] = {"stop": "stopped", "pause": "paused"}.get(command, "running")
    report()
    log("info", f"It is {status['state']}, after: {command}.")
    answer("succeeded", f"It is {status['state']}; letters sent: {status['sent']}.")

def end(*_):
    signal.alarm(2)  # Redis may be away.
    status["state"] = "stopped"
    try:
        report()
    finally:
        os._exit(0)

signal.signal(signal.SIGTERM, end)
due = time.monotonic()
while True:
    try:
        if not commands.subscribed:
            commands.subscribe("service:commands")
            due = time.monotonic()
        if time.monotonic() >= due:
            due = time.monotonic() + REPORT_EVERY_MS / 1000
            if status["state"] == "running":
                status["sent"] += 1
                log("info", "A letter is out.")
            report()
        message = commands.get_message(timeout=max(0, due - time.monotonic()))
        if message:
            hear(**json.loads(message["data"]))
    except (TypeError, ValueError) as error:
        print(f"Not a command: {error}", file=sys.stderr)
    except (redis.ConnectionError, redis.TimeoutError) as error:
        print(error, file=sys.stderr)
        commands.reset()  # All of it is done anew: connection, subscription, report.
        time.sleep(1)
