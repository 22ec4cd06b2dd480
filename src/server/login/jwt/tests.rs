//! What a login token must not get away with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};

use super::*;

const SEED: [u8; 32] = [3; 32];
const ORIGIN: &str = "http://localhost:3000";
const NOW: Millis = Millis(1_800_000_000_000);

fn tokens() -> Tokens {
    Tokens::new("frereth-test".to_owned(), &SEED)
}

fn claims() -> Claims {
    Claims {
        iss: "frereth-test".to_owned(),
        aud: ORIGIN.to_owned(),
        sub: "ann".to_owned(),
        jti: base64url(&[1; 16]),
        iat: NOW.0 / 1000,
        exp: NOW.0 / 1000 + 60,
        cnf: Confirmation { jkt: thumbprint(&[2; 32]) },
    }
}

/// A token as somebody else would make it: this header and these claims, signed with `seed`.
fn forged(header: &str, claims: &str, seed: &[u8; 32]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = SigningKey::from_bytes(seed).sign(message.as_bytes()).to_bytes();
    format!("{message}.{}", base64url(&signature))
}

fn json(claims: &Claims) -> String {
    serde_json::to_string(claims).expect("plain data")
}

#[test]
fn a_token_of_ours_reads_back_until_its_time_is_over() {
    let token = tokens().sign(&claims());
    assert_eq!(tokens().read(&token, ORIGIN, NOW), Ok(claims()));
    assert_eq!(tokens().read(&token, ORIGIN, NOW.after(59_999)), Ok(claims()));
    assert_eq!(tokens().read(&token, ORIGIN, NOW.after(60_000)), Err(AuthError::Expired));
    assert_eq!(tokens().read_at_any_time(&token, ORIGIN), Ok(claims()), "a renewal still reads it");
}

#[test]
fn another_key_issuer_or_audience_is_foreign() {
    let foreign = |token: &str| assert_eq!(tokens().read(token, ORIGIN, NOW), Err(AuthError::Foreign));
    foreign(&Tokens::new("frereth-test".to_owned(), &[4; 32]).sign(&claims()));
    foreign(&tokens().sign(&Claims { iss: "frereth-else".to_owned(), ..claims() }));
    foreign(&tokens().sign(&Claims { aud: "http://localhost:3001".to_owned(), ..claims() }));
    foreign("");
    foreign("a.b.c");
    foreign("..");
}

#[test]
fn no_other_algorithm_is_accepted_even_with_a_good_signature() {
    let eddsa = forged(r#"{"typ":"JWT","alg":"EdDSA"}"#, &json(&claims()), &SEED);
    assert_eq!(tokens().read(&eddsa, ORIGIN, NOW), Ok(claims()), "the forger's tools work");
    for header in [
        r#"{"typ":"JWT","alg":"none"}"#,
        r#"{"typ":"JWT","alg":"None"}"#,
        r#"{"typ":"JWT","alg":"HS256"}"#,
        r#"{"typ":"JWT","alg":"RS256"}"#,
        r#"{"typ":"JWT","alg":"ES256"}"#,
        r#"{"typ":"JWT"}"#,
    ] {
        let token = forged(header, &json(&claims()), &SEED);
        assert_eq!(tokens().read(&token, ORIGIN, NOW), Err(AuthError::Foreign), "{header}");
        let unsigned = format!("{}.", token.rsplit_once('.').expect("three parts").0);
        assert_eq!(tokens().read(&unsigned, ORIGIN, NOW), Err(AuthError::Foreign), "{header}, unsigned");
    }
}

#[test]
fn every_claim_is_required() {
    let whole: serde_json::Map<_, _> = serde_json::from_str(&json(&claims())).expect("an object");
    for missing in whole.keys() {
        let mut less = whole.clone();
        less.remove(missing);
        let token = forged(r#"{"alg":"EdDSA"}"#, &serde_json::to_string(&less).expect("plain data"), &SEED);
        assert_eq!(tokens().read(&token, ORIGIN, NOW), Err(AuthError::Foreign), "without {missing}");
    }
}

#[test]
fn a_changed_token_is_foreign() {
    let token = tokens().sign(&claims());
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("still ASCII");
        assert_eq!(tokens().read(&changed, ORIGIN, NOW), Err(AuthError::Foreign), "at {at}");
    }
}

#[test]
fn the_thumbprint_is_that_of_rfc_8037() {
    // RFC 8037, appendix A.3.
    let key = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("base64url");
    let key = key.try_into().expect("32 bytes");
    assert_eq!(thumbprint(&key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}
