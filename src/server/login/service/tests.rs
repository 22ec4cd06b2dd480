//! The logins, driven with a clock by hand.

use ed25519_dalek::{Signer as _, SigningKey};
use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE, HOST};
use tempfile::TempDir;

use super::*;
use crate::protocol::transcript;
use crate::server::clock::ManualClock;
use crate::server::config::Listen;
use crate::server::login::users;
use crate::server::store::{Embedded, LoginSecrets as _};

const NOW: Millis = Millis(1_800_000_000_000);
const ORIGIN: &str = "http://localhost:3000";

struct House {
    logins: Arc<Logins>,
    clock: Arc<ManualClock>,
    store: Arc<Embedded>,
    _folder: TempDir,
}

impl House {
    async fn build() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let store = Arc::new(Embedded::open(&folder.path().join("s.redb")).expect("a fresh store"));
        let clock = Arc::new(ManualClock::at(NOW));
        let logins = open(&store, &clock).await;
        Self { logins, clock, store, _folder: folder }
    }

    async fn login(&self) -> Issued {
        let secret = self.secret().await;
        self.logins
            .login_with_link(&attempt(), &secret, Some(proof(1, &format!("link:{secret}"), self.clock.wall())))
            .await
            .expect("a fresh link")
    }

    async fn secret(&self) -> String {
        let link = self.logins.new_link().await.expect("a link");
        link.split_once('#').expect("a fragment").1.to_owned()
    }

    async fn add(&self, name: &str, password: &str) {
        let store: Arc<dyn Users> = self.store.clone();
        users::add(&store, name, password.to_owned().into(), NOW).await.expect("a new user");
    }
}

async fn open(store: &Arc<Embedded>, clock: &Arc<ManualClock>) -> Arc<Logins> {
    let keys = store.keys().await.expect("keys");
    let origins = Origins::of(Listen::Localhost { port: 3000 }, &[]).expect("loopback");
    let kept = LoginStore { users: store.clone(), logins: store.clone(), links: store.clone() };
    let opened = Logins::open(&keys, LoginTimes::default(), &Limits::default(), origins, clock.clone(), kept).await;
    Arc::new(opened.expect("an open store"))
}

fn attempt() -> Attempt {
    Attempt { address: [127, 0, 0, 1].into(), origin: ORIGIN.parse().expect("an origin"), agent: "a test".to_owned() }
}

fn proof(seed: u8, subject: &str, at: Millis) -> Proof {
    let signing = SigningKey::from_bytes(&[seed; 32]);
    let key = signing.verifying_key().to_bytes();
    let signature = signing.sign(&transcript::login(ORIGIN, &key, subject, at.0)).to_bytes();
    Proof { key, signature, at_millis: at.0 }
}

fn headers(lines: &[(HeaderName, &str)]) -> HeaderMap {
    lines.iter().map(|(name, value)| (name.clone(), value.parse().expect("a header"))).collect()
}

fn with_cookie(issued: &Issued) -> HeaderMap {
    let set = issued.set_cookie.to_str().expect("text");
    headers(&[(HOST, "localhost:3000"), (COOKIE, set.split(';').next().expect("a pair"))])
}

#[tokio::test]
async fn a_link_logs_the_owner_in_once() {
    let house = House::build().await;
    let secret = house.secret().await;
    let subject = format!("link:{secret}");
    let issued =
        house.logins.login_with_link(&attempt(), &secret, Some(proof(1, &subject, NOW))).await.expect("a fresh link");
    assert_eq!(issued.facts.user, OWNER);
    assert_eq!(house.logins.authenticate(&with_cookie(&issued)), Ok(issued.facts.clone()));
    let bearer = headers(&[(HOST, "localhost:3000"), (AUTHORIZATION, &format!("Bearer {}", issued.token))]);
    assert_eq!(house.logins.authenticate(&bearer), Ok(issued.facts));
    let again = house.logins.login_with_link(&attempt(), &secret, Some(proof(2, &subject, NOW))).await;
    assert_eq!(again.map(drop), Err(LoginError::WrongLink));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_race_for_a_link_exactly_one_gets_in() {
    let house = House::build().await;
    let secret = house.secret().await;
    let racers: Vec<_> = (1..=8)
        .map(|seed| {
            let (logins, secret) = (house.logins.clone(), secret.clone());
            let proof = proof(seed, &format!("link:{secret}"), NOW);
            tokio::spawn(async move { logins.login_with_link(&attempt(), &secret, Some(proof)).await.is_ok() })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += u32::from(racer.await.expect("no panic"));
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn a_link_survives_whoever_has_no_key_or_a_bad_proof() {
    let house = House::build().await;
    let secret = house.secret().await;
    let try_with = |proof| house.logins.login_with_link(&ATTEMPT, &secret, proof);
    assert_eq!(try_with(None).await.map(drop), Err(LoginError::NeedsJavaScript));
    assert_eq!(try_with(Some(proof(1, "link:another", NOW))).await.map(drop), Err(LoginError::BadProof));
    assert!(try_with(Some(proof(1, &format!("link:{secret}"), NOW))).await.is_ok());
    assert_eq!(try_with(None).await.map(drop), Err(LoginError::WrongLink), "used now, with or without a key");
}

static ATTEMPT: std::sync::LazyLock<Attempt> = std::sync::LazyLock::new(attempt);

#[tokio::test]
async fn a_link_is_over_after_ten_minutes() {
    let house = House::build().await;
    let secret = house.secret().await;
    house.clock.advance(10 * 60_000);
    let late = proof(1, &format!("link:{secret}"), house.clock.wall());
    let outcome = house.logins.login_with_link(&attempt(), &secret, Some(late)).await;
    assert_eq!(outcome.map(drop), Err(LoginError::WrongLink));
}

#[tokio::test]
async fn a_wrong_user_and_a_wrong_password_get_the_same_answer() {
    let house = House::build().await;
    house.add("ann", "correct horse").await;
    let login = async |user: &str, password: &str, with_key: bool| {
        let proof = with_key.then(|| proof(1, &format!("password:{user}"), NOW));
        house.logins.login_with_password(&attempt(), user, password.to_owned(), proof).await
    };
    for with_key in [true, false] {
        let wrong = login("ann", "wrong horse", with_key).await.map(drop);
        assert_eq!(wrong, Err(LoginError::WrongPassword));
        assert_eq!(login("bob", "correct horse", with_key).await.map(drop), wrong);
    }
    assert_eq!(login("ann", "correct horse", false).await.map(drop), Err(LoginError::NeedsJavaScript));
    assert_eq!(login("ann", "correct horse", true).await.expect("the right password").facts.user, "ann");
}

#[tokio::test]
async fn whoever_tries_too_often_waits() {
    let house = House::build().await;
    let limit = Limits::default().logins_per_minute_and_address;
    for _ in 0..limit {
        let wrong = house.logins.login_with_link(&attempt(), "not a secret", None).await;
        assert_eq!(wrong.map(drop), Err(LoginError::WrongLink));
    }
    let one_more = async || house.logins.login_with_link(&attempt(), "not a secret", None).await.map(drop);
    assert_eq!(one_more().await, Err(LoginError::Throttled));
    let elsewhere = Attempt { address: [192, 0, 2, 1].into(), ..attempt() };
    let outcome = house.logins.login_with_link(&elsewhere, "not a secret", None).await;
    assert_eq!(outcome.map(drop), Err(LoginError::WrongLink), "others are not held up");
    house.clock.advance(60_000);
    assert_eq!(one_more().await, Err(LoginError::WrongLink));
}

#[tokio::test]
async fn an_idle_login_expires_and_one_in_use_is_renewed() {
    let house = House::build().await;
    let issued = house.login().await;
    let cookie = with_cookie(&issued);
    house.clock.advance(29 * 60_000);
    assert!(house.logins.authenticate(&cookie).is_ok());
    house.logins.touch(&issued.facts.id);
    house.clock.advance(2 * 60_000);
    assert_eq!(house.logins.authenticate(&cookie), Err(AuthError::Expired), "the token's own time is over");
    let login = house.logins.authenticate_for_renewal(&cookie).expect("an active session was use");
    let renewed = house.logins.renew(&login).expect("still live");
    assert_eq!(house.logins.authenticate(&with_cookie(&renewed)), Ok(issued.facts));
    house.clock.advance(32 * 60_000);
    assert_eq!(house.logins.authenticate_for_renewal(&cookie), Err(AuthError::Expired));
    assert_eq!(house.logins.authenticate_for_renewal(&with_cookie(&renewed)), Err(AuthError::Expired));
}

#[tokio::test]
async fn no_renewal_goes_beyond_the_absolute_end() {
    let house = House::build().await;
    let mut issued = house.login().await;
    for _ in 0..12 * 3 - 1 {
        house.clock.advance(20 * 60_000);
        issued = house.logins.renew(&issued.facts).expect("in use");
    }
    house.clock.advance(20 * 60_000);
    assert_eq!(house.logins.authenticate(&with_cookie(&issued)), Err(AuthError::Expired));
    assert!(!house.logins.is_live(&issued.facts.id));
}

#[tokio::test]
async fn a_revoked_login_is_over_at_once_told_and_forgotten_by_the_store() {
    let house = House::build().await;
    let issued = house.login().await;
    assert!(house.logins.revoke(&issued.facts.id).await.expect("a store"));
    assert_eq!(house.logins.authenticate(&with_cookie(&issued)), Err(AuthError::Revoked));
    assert!(house.logins.renew(&issued.facts).is_err());
    assert!(!house.logins.revoke(&issued.facts.id).await.expect("a store"), "only once");
    let restarted = open(&house.store, &house.clock).await;
    assert_eq!(restarted.authenticate(&with_cookie(&issued)), Err(AuthError::Revoked));
}

#[tokio::test]
async fn a_restart_remembers_live_logins_and_their_use() {
    let house = House::build().await;
    let issued = house.login().await;
    house.clock.advance(25 * 60_000);
    house.logins.touch(&issued.facts.id);
    house.logins.tend().await.expect("a store");
    let restarted = open(&house.store, &house.clock).await;
    assert_eq!(restarted.authenticate(&with_cookie(&issued)), Ok(issued.facts));
    assert_eq!(restarted.of_user(OWNER)[0].last_used_millis, NOW.0 + 25 * 60_000);
}

#[tokio::test]
async fn tending_forgets_what_is_over() {
    let house = House::build().await;
    let issued = house.login().await;
    house.clock.advance(12 * 60 * 60_000);
    house.logins.tend().await.expect("a store");
    assert!(LoginRecords::list(&*house.store).await.expect("a store").is_empty());
    assert_eq!(house.logins.facts(&issued.facts.id), None);
}

#[tokio::test]
async fn a_token_counts_only_at_its_own_origin() {
    let house = House::build().await;
    let issued = house.login().await;
    let elsewhere = |host: &str| headers(&[(HOST, host), (AUTHORIZATION, &format!("Bearer {}", issued.token))]);
    assert_eq!(house.logins.authenticate(&elsewhere("127.0.0.1:3000")), Err(AuthError::Foreign));
    assert_eq!(house.logins.authenticate(&elsewhere("evil.example")), Err(AuthError::Foreign));
    assert!(house.logins.authenticate(&elsewhere("localhost:3000")).is_ok());
    assert_eq!(house.logins.authenticate(&headers(&[(HOST, "localhost:3000")])), Err(AuthError::Missing));
}

#[tokio::test]
async fn ending_a_users_logins_leaves_the_others() {
    let house = House::build().await;
    house.add("ann", "correct horse").await;
    let owner = house.login().await;
    let proof = proof(2, "password:ann", NOW);
    let ann = house.logins.login_with_password(&attempt(), "ann", "correct horse".to_owned(), Some(proof)).await;
    let ann = ann.expect("the right password");
    assert_eq!(house.logins.revoke_user("ann").await.expect("a store"), 1);
    assert_eq!(house.logins.authenticate(&with_cookie(&ann)), Err(AuthError::Revoked));
    assert!(house.logins.authenticate(&with_cookie(&owner)).is_ok());
}

/// Sessions of logins, each with a page at work or without; keeps whose it was told to close.
#[derive(Default)]
struct Pages {
    at_work: HashMap<LoginId, bool>,
    closed: std::sync::Mutex<Vec<LoginId>>,
}

impl SessionDirectory for Pages {
    fn list(&self, _: &LoginId) -> Vec<crate::app::api::SessionView> {
        Vec::new()
    }

    fn at_work(&self) -> HashMap<LoginId, bool> {
        self.at_work.clone()
    }

    fn close_login(&self, login: &LoginId, _: &str) {
        self.closed.lock().expect("no panic before").push(*login);
    }
}

#[tokio::test]
async fn a_page_at_work_keeps_its_login_until_the_absolute_end_and_is_closed_then() {
    let house = House::build().await;
    let (working, away) = (house.login().await.facts.id, house.login().await.facts.id);
    let pages = Pages { at_work: [(working, true), (away, false)].into(), ..Pages::default() };
    for _ in 0..12 * 60 - 1 {
        house.clock.advance(60_000);
        house.logins.keep(&pages);
        assert!(house.logins.is_live(&working));
    }
    assert!(!house.logins.is_live(&away), "nobody used it");
    let mut closed = std::mem::take(&mut *pages.closed.lock().expect("no panic before"));
    closed.dedup();
    assert_eq!(closed, [away]);
    house.clock.advance(60_000);
    house.logins.keep(&pages);
    assert!(pages.closed.lock().expect("no panic before").contains(&working));
}
