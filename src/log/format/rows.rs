//! The text formats that are built in: one row each, the particular before the general.
//!
//! Where two formats fit the same share of a source's lines, the one that stands first here is detected.

/// A text format.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Other names that it can be forced by.
    pub(super) aliases: &'static [&'static str],
    /// Tried in this order; see [`super::pattern`] for the language.
    pub(super) patterns: &'static [&'static str],
    pub(super) message: Message,
    /// What the first line of a source begins with that has this format, however little of the rest fits; empty for most.
    pub(super) opening: &'static str,
}

/// What else a message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Prose: a level in front, pairs in the middle, JSON as a whole.
    Prose,
    /// Prose that ends in what nginx adds: `, client: 10.0.0.1, request: "GET / HTTP/1.1"`.
    Listing,
    /// A line of some other program, which may continue the one in the line before.
    Held,
    /// Nothing: what it says has been taken apart.
    Parsed,
}

const fn prose(name: &'static str, patterns: &'static [&'static str]) -> Row {
    Row { name, aliases: &[], patterns, message: Message::Prose, opening: "" }
}

const fn held(name: &'static str, patterns: &'static [&'static str]) -> Row {
    Row { name, aliases: &[], patterns, message: Message::Held, opening: "" }
}

const fn parsed(name: &'static str, patterns: &'static [&'static str]) -> Row {
    Row { name, aliases: &[], patterns, message: Message::Parsed, opening: "" }
}

impl Row {
    const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn opened_by(mut self, opening: &'static str) -> Self {
        self.opening = opening;
        self
    }
}

pub(super) const ROWS: &[Row] = &[
    // Containers.
    held("cri", &["{time:9999-99-99T} {stream=stdout|stderr} {flag=F|P}{ }{message}", "{time:9999-99-99T} {stream=stdout|stderr} {flag=F|P}"]).or(&["kubernetes", "containerd"]),
    // Web servers and balancers.
    parsed(
        "haproxy",
        &[
            "{?{pri}?}{?{time} {host:word} {app:name}[{pid:int}]: ?}{?{time} {app:name}[{pid:int}]: ?}{client:word} [{time}] {frontend:word} {backend}/{server:word} {timers:word} {status:int} {bytes:word} {request_cookie:word} {response_cookie:word} {termination:word} {connections:word} {queues:word} {?{{{captured}}} ?}{?{{{answered}}} ?}{message:request}",
            "{?{pri}?}{?{time} {host:word} {app:name}[{pid:int}]: ?}{?{time} {app:name}[{pid:int}]: ?}{client:word} [{time}] {@message}{frontend:word} {backend}/{server:word} {timers:word} {bytes:word} {termination:word} {connections:word} {queues:word}",
            "{?{pri}?}{time} {host:word} {app=haproxy}[{pid:int}]: {?[{level}] ?}{message}",
            "{?{pri}?}{time} {app=haproxy}[{pid:int}]: {?[{level}] ?}{message}",
        ],
    ),
    parsed(
        "alb",
        &["{type:name} {time} {elb:word} {client:word} {target:word} {request_seconds:word} {target_seconds:word} {response_seconds:word} {status:word} {target_status:word} {received:int} {sent:int} {message:request} {agent:quoted} {ssl_cipher:word} {ssl_protocol:word} {target_group:word} {trace:quoted}{? {rest:rest}?}"],
    ),
    parsed(
        "elb",
        &["{time} {elb:word} {client:word} {backend:word} {request_seconds:word} {backend_seconds:word} {response_seconds:word} {status:word} {backend_status:word} {received:int} {sent:int} {message:request}{? {agent:quoted} {ssl_cipher:word} {ssl_protocol:word}?}"],
    )
    .or(&["aws-elb"]),
    parsed(
        "envoy",
        &["[{time}] {message:request} {status:int} {flags:word} {received:int} {sent:int} {duration_ms:word} {upstream_ms:word} {forwarded_for:quoted} {agent:quoted} {trace:quoted} {authority:quoted} {upstream:quoted}{? {rest:rest}?}", "[{time}] {message:request} {status:int} {flags:word} {details:word} {transport_failure:quoted} {received:int} {sent:int} {duration_ms:word} {upstream_ms:word} {forwarded_for:quoted} {agent:quoted} {trace:quoted} {authority:quoted} {upstream:quoted}{? {rest:rest}?}"],
    ),
    parsed(
        "combined",
        &["{client:word} {identity:word} {user} [{time}] {message:request} {status:word} {bytes:word} {referer:quoted} {agent:quoted}{? {rest:rest}?}", "{vhost:name} {client:word} {identity:word} {user} [{time}] {message:request} {status:word} {bytes:word} {referer:quoted} {agent:quoted}{? {rest:rest}?}"],
    )
    .or(&["nginx-access", "apache-access"]),
    parsed("common", &["{client:word} {identity:word} {user} [{time}] {message:request} {status:word} {bytes:word}{? {rest:rest}?}", "{vhost:name} {client:word} {identity:word} {user} [{time}] {message:request} {status:word} {bytes:word}{? {rest:rest}?}"])
        .or(&["clf"]),
    Row { message: Message::Listing, ..prose("nginx-error", &["{time} [{level}] {pid:int}#{tid:int}: {?*{connection:int} ?}{message}"]) },
    prose(
        "apache-error",
        &[
            "[{time}] [{module:path}:{level:open}] [pid {pid:int}{?:tid {tid:int}?}] {?({code:int}){reason}: [client {client}] ?}{?[client {client}] ?}{message}",
            "[{time}] [{level}] {?[client {client}] ?}{message}",
        ],
    ),
    // Rust.
    prose("env_logger", &["[{time} {level} {target:name}] {message}", "[{time} {level}] {message}"]),
    prose("tracing-pretty", &["{ }{ }{time:9999-99-99T} {level} {spans}{target:name}: {message}"]),
    prose("tracing", &["{time:9999-99-99T} {level} {spans}{target:name}: {message}"]).or(&["tracing-subscriber"]),
    // Go and Kubernetes.
    prose("glog", &["{level:letter}{time:glog} {tid:int} {file:path}:{line:int}] {message}"]).or(&["klog"]),
    // Ruby.
    prose("ruby", &["{letter:name}, [{time} #{pid:int}] {level:any} -- {?{progname:name}?}: {message}"]).or(&["ruby-logger"]),
    prose("rails", &["{@message}Started {method:word} {path:quoted} for {client:word} at {time}", "{@message}Processing by {action:word} as {as:word}", "{@message}Completed {status:int} {rest:rest}"]),
    // Databases.
    prose("redis", &["{pid:int}:{role:name} {time} {level:redis} {message}", "[{pid:int}] {time} {level:redis} {message}"]),
    prose(
        "mysql",
        &["{time} {thread:int} [{level:open}] [{code:path}] [{subsystem:name}] {message}", "{time} {thread:int} [{level}] {message}"],
    )
    .or(&["mariadb"]),
    prose(
        "postgresql",
        &[
            "{time} [{pid:int}{?-{line:int}?}] {?{user}@{database:word} ?}{level:any}: {message}",
            "{time} [{pid:int}{?-{line:int}?}] {prefix} {level:any}: {message}",
            "{time}:{client}:{user}@{database}:[{pid:int}]:{level:any}: {message}",
            "{time} [{pid:int}]: [{line:int}-1] user={user},db={database},app={app},client={?{client:word}?} {level:any}: {message}",
            "{time} [{pid:int}]: [{line:int}-1] user={user},db={?{database:word}?} {level:any}: {message}",
            "{time} [{pid:int}]: [{line:int}-1] {level:any}: {message}",
        ],
    )
    .or(&["postgres"]),
    // Big machines and the Hadoop family.
    prose("bgl", &["{label:word} {time} {date:word} {node:word} {time} {repeat:word} {type:word} {component:word} {level:any} {message}"]),
    prose("hdfs", &["{time:999999 999999 } {pid:int} {level} {component}: {message}"]),
    prose("zookeeper", &["{time} {?[{server}] ?}- {level} [{thread}@{line:int}] - {message}"]),
    prose("spark", &["{time:99/99/99 } {level} {component:name}: {message}"]),
    // Java.
    prose(
        "spring-boot",
        &[
            "{time} {level} {pid:int} --- [{thread}] {?[{trace:id}-{span:id}] ?}{?[ ] ?}{logger:word} : {message}",
            "{time} {level} {pid:int} --- [{app}] [{thread}] {?[{trace:id}-{span:id}] ?}{?[ ] ?}{logger:word} : {message}",
            "{time} {level} [{app},{?{trace:id}?},{?{span:id}?}{?,{exported=true|false}?}] {pid:int} --- [{thread}] {logger:word} : {message}",
        ],
    ),
    prose("kafka", &["[{time}] {level} [{node}]: {message}", "[{time}] {level} {message}"]),
    prose("elasticsearch", &["[{time}][{level}][{logger}] {?[{node}] ?}{message}"]),
    prose("hadoop", &["{time} {level} [{thread}] {logger:name}: {message}", "{time} {level} {logger:name}: {message}"]),
    prose(
        "log4j",
        &[
            "{time} {level} [{thread}] {logger:name} - {message}",
            "{time} [{thread}] {level} {logger:name} - {message}",
            "{time} [{thread}] {level} {logger:name} -- {message}",
            "{time} [{thread}] {level} {logger:name}: {message}",
            "{time} {level} {logger:name} [{thread}] {message}",
            "{time} {level} [{logger}] ({thread}) {message}",
            "{time:99-AAA-9999 } {level} [{thread}] {logger:name} {message}",
            "{time} [{thread}] {level} {message}",
            "{level} [{thread}] {time} {file:path}:{line:int} - {message}",
        ],
    )
    .or(&["logback"]),
    prose(
        "jul",
        &[
            "{time:AAA 99, 9999 } {logger:name} {?{method:word}?}{line}{level:any}: {message}",
            "{time:AAA 9, 9999 } {logger:name} {?{method:word}?}{line}{level:any}: {message}",
            "{time:AAA 99, 9999 } {logger:name} {?{method:word}?}",
            "{time:AAA 9, 9999 } {logger:name} {?{method:word}?}",
        ],
    )
    .or(&["java-util-logging"]),
    // Python.
    prose("loguru", &["{time} | {level:open} | {module:path}:{function}:{line:int} - {message}"]),
    prose("celery", &["[{time}: {level}/{process}] {message}"]),
    prose("gunicorn", &["[{time}] [{pid:int}] [{level}] {message}"]),
    prose("uvicorn", &["{level}: {client:name} - {@message}{request:request} {status:int}{? {reason:rest}?}", "{level:upper}: {message}"]),
    prose(
        "python",
        &[
            "{time} - {logger:name} - {level} - {message}",
            "{time} - {level} - {message}",
            "{level:upper}:{logger:path}:{message}",
        ],
    )
    .or(&["python-logging"]),
    // PHP.
    prose("monolog", &["[{time}] {channel}.{level:upper}: {message}"]).or(&["laravel", "symfony"]),
    // .NET.
    prose("serilog-text", &["{time} [{level}] {message}", "[{time} {level}] {message}"]),
    prose("dotnet-console", &["{level}: {logger:name}[{event:int}]{message}"]),
    // The operating system.
    prose(
        "rfc5424",
        &[
            "{pri}{version:int} {time} {host:word} {app:word} {pid:word} {msgid:word} {data} {message}",
            "{pri}{version:int} {time} {host:word} {app:word} {pid:word} {msgid:word} {data}",
            "{pri}{version:int} {time:nil} {host:word} {app:word} {pid:word} {msgid:word} {data} {message}",
            "{pri}{version:int} {time:nil} {host:word} {app:word} {pid:word} {msgid:word} {data}",
        ],
    )
        .or(&["syslog-5424"]),
    prose("cbs", &["{time}, {level} {component:name} {message}", "{time}, {level} {message}"]).or(&["windows-cbs"]),
    prose(
        "logcat",
        &["{time:99-99 } {pid:int} {tid:int} {level:letter} {logger}: {message}", "{time:99-99 } {level:letter}/{logger}({pid:int}): {message}", "{level:letter}/{logger}({pid:int}): {message}",
            "{time:9999-99-99 } {pid:int} {tid:int} {level:letter} {logger}: {message}",
            "{time:9999-99-99 } {pid:int}-{tid:int}/{package:word} {level:letter}/{logger}: {message}",
            "{time:9999-99-99 } {pid:int}-{tid:int} {logger:word} {package:word} {level:letter} {message}",
        ],
    )
    .or(&["android"]),
    prose(
        "logcat-long",
        &[
            "[ {time:99-99 } {pid:int}:{tid:int} {level:letter}/{logger}]{line}{message}",
            "[ {time:99-99 } {pid:int}:{tid:int} {level:letter}/{logger}]",
        ],
    ),
    prose("syslog", &["{pri}{time:AAA _9 99:} {host:word} {tag}{message}", "{time:AAA _9 99:} {host:word} {tag}{message}", "{pri}{time} {host:word} {tag}{message}"])
        .or(&["rfc3164", "systemd-short", "journalctl"]),
    prose("syslog-iso", &["{time:9999-99-99T} {host:word} {app:name}[{pid:int}]: {message}", "{time:9999-99-99T} {host:word} {app:name}: {message}"])
        .or(&["systemd-short-iso"]),
    prose(
        "dmesg",
        &[
            "{?{pri}?}[{time:boot}] {message}",
            "{?{pri}?}[{time:AAA AAA }] {message}",
            "{facility:path}:{level}: [{time:boot}] {message}",
            "{facility:path}:{level}: [{time:AAA AAA }] {message}",
        ],
    ).or(&["kernel"]),
    prose("dpkg", &["{time} {@message}{action=status|install|upgrade|configure|remove|purge|trigproc|startup|conffile|disappear} {rest:rest}", "{program=update-alternatives} {time}: {message}"]),
    parsed("apt", &["{part=Start-Date|End-Date|Log started|Log ended}: {time}", "{part=Commandline|Requested-By|Install|Upgrade|Remove|Purge|Reinstall|Downgrade}: {message:rest}"]).opened_by("Log started: "),
    parsed(
        "strace",
        &[
            "{?[pid {pid:int}] ?}{?{pid:int} ?}{?{time} ?}{?{elapsed:decimal} ?}{@message}{call:name}({arguments}) = {result:rest}",
            "{?[pid {pid:int}] ?}{?{pid:int} ?}{?{time} ?}{?{elapsed:decimal} ?}{@message}{call:name}({arguments}<unfinished ...>",
            "{?[pid {pid:int}] ?}{?{pid:int} ?}{?{time} ?}{?{elapsed:decimal} ?}{@message}<... {call:name} resumed>{rest:rest}",
            "{?[pid {pid:int}] ?}{?{pid:int} ?}{?{time} ?}{?{elapsed:decimal} ?}{@message}+++ {event:rest}",
            "{?[pid {pid:int}] ?}{?{pid:int} ?}{?{time} ?}{?{elapsed:decimal} ?}{@message}--- {signal:name} {rest:rest}",
            "{program=strace}: {message}",
        ],
    ),
    // Tab and bracket columns of Go's loggers.
    prose("zap-console", &["{time}\t{level}\t{?{logger:path}\t?}{caller:path}:{line:int}\t{message}", "{time}\t{level}\t{logger:path}\t{!{}{message}", "{time}\t{level}\t{message}"]),
    prose("logrus", &["{level:upper}[{seconds:int}] {message}", "{level:upper}[{time:9999-99-99T}] {message}"]),
    prose("zerolog-console", &["{time} {level:short} {message}"]),
    prose("go", &["{time:9999/99/99 } {file:path}:{line:int}: {message}", "{time:9999/99/99 } {message}", "{level:upper}: {time:9999/99/99 } {file:path}:{line:int}: {message}", "{level:upper}: {time:9999/99/99 } {message}", "{prefix:name}: {time:9999/99/99 } {file:path}:{line:int}: {message}", "{prefix:name}: {time:9999/99/99 } {message}"])
        .or(&["go-log"]),
    // No program's own: a level, then a time.
    prose("level-first", &["{level:upper} {?- ?}{time} {?- ?}{message}", "[{level}] [{time}] {message}", "[{level}] {time} {message}"]),
];
