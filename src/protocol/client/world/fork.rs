//! The steps of a fork in the page: key, Hello, cookie, Initiate, code, sandbox, Forked; and starting again.

use crate::protocol::transcript::INITIATE_PATH;

use super::*;

/// Why a module is not started.
const WRONG_CODE: &str = "its code is not what the server announced";

impl World {
    pub(super) fn awaits_key(&self, attempt: u32) -> bool {
        attempt == self.attempt && matches!(self.state, State::AwaitingKey)
    }

    pub(super) fn awaits_signature(&self, attempt: u32) -> bool {
        attempt == self.attempt && matches!(self.state, State::AwaitingProof { .. } | State::AwaitingVoucher { .. })
    }

    pub(super) fn awaits_code(&self, attempt: u32) -> bool {
        attempt == self.attempt && matches!(self.state, State::AwaitingCode { .. })
    }

    /// The key is there: Hello, where `hello` is a number for it, or waiting for a session.
    pub(super) fn has_key(self, now: Millis, pace: Pace<'_>, id: WorldId, hello: Option<u32>) -> (Self, Wants) {
        let Some(req) = hello else { return (Self { state: State::AwaitingSession { id }, ..self }, Vec::new()) };
        let until = now.after(pace.limits.hello_millis);
        let sent = control(&Forking { req, world: id, command: self.command.clone() });
        (Self { state: State::AwaitingCookie { id, req, until }, ..self }, vec![sent])
    }

    pub(super) fn has_cookie(self, now: Millis, env: &mut Env<'_>, pace: Pace<'_>, ack: &AckForking) -> (Self, Wants) {
        let State::AwaitingCookie { id, req, .. } = self.state else { return (self, Vec::new()) };
        if ack.req != req {
            return (self, Vec::new());
        }
        let nonce = random_array(env.random);
        let bytes = transcript::initiate(env.origin, INITIATE_PATH, &ack.cookie, &id, &nonce);
        let state = State::AwaitingProof {
            id,
            until: now.after(pace.limits.initiate_millis),
            cookie: ack.cookie.clone(),
            nonce,
            code: Announced { sha256: ack.code_sha256, bytes: ack.code_bytes },
        };
        let sign = WorldEffect::Sign { attempt: self.attempt, bytes };
        (Self { state, ..self }, vec![Want::Shell(sign)])
    }

    pub(super) fn signed(self, now: Millis, pace: Pace<'_>, signature: [u8; 64]) -> (Self, Wants) {
        let attempt = self.attempt;
        match self.state {
            State::AwaitingProof { id, until, cookie, nonce, code } => {
                let body = encode(&Initiate { cookie, world: id, nonce, signature });
                let state = State::AwaitingCode { id, until, code };
                (Self { state, ..self }, vec![Want::Shell(WorldEffect::PostInitiate { attempt, body })])
            }
            State::AwaitingVoucher { id, .. } => {
                let until = now.after(pace.limits.start_millis);
                let sent = control(&Forked { world: id, signature });
                (Self { state: State::AwaitingAck { id, until }, ..self }, vec![sent])
            }
            _ => (self, Vec::new()),
        }
    }

    /// Starts only what the server announced over the socket: whoever answers over HTTP cannot slip in other code.
    pub(super) fn has_code(self, now: Millis, pace: Pace<'_>, code: Vec<u8>, fork_nonce: [u8; 16]) -> (Self, Wants) {
        let State::AwaitingCode { id, code: announced, .. } = self.state else { return (self, Vec::new()) };
        if code.len() != announced.bytes as usize || Sha256::digest(&code)[..] != announced.sha256 {
            let (world, mut wants) = self.fails(WRONG_CODE.into());
            wants.push(control(&Leave { world: id }));
            return (world, wants);
        }
        let state = State::AwaitingReady { id, until: now.after(pace.limits.start_millis), fork_nonce };
        let start = WorldEffect::StartSandbox { attempt: self.attempt, code };
        (Self { state, ..self }, vec![Want::Shell(start)])
    }

    /// Some refusals may pass with a new key or a new cookie; the others are final.
    pub(super) fn refused(self, pace: Pace<'_>, refusal: Refusal) -> (Self, Wants) {
        match refusal {
            Refusal::Duplicate | Refusal::BadCookie | Refusal::TooLate => self.forks_again(pace, &refusal.to_string()),
            Refusal::NotFound
            | Refusal::Forbidden
            | Refusal::BadKey
            | Refusal::Throttled
            | Refusal::Quota
            | Refusal::BadSignature
            | Refusal::OutOfOrder => self.dies(refusal.to_string()),
        }
    }

    /// A try that counts has failed: another key, or the end of trying.
    pub(super) fn forks_again(self, pace: Pace<'_>, why: &str) -> (Self, Wants) {
        let failed_tries = self.failed_tries + 1;
        if failed_tries >= pace.timing.fork_tries {
            return self.dies(format!("{why}; tried {failed_tries} times"));
        }
        // The code may have been served already: the server need not wait for this world.
        let leave = match self.state {
            State::AwaitingCode { id, .. } | State::AwaitingAck { id, .. } => Some(control(&Leave { world: id })),
            _ => None,
        };
        let (world, mut wants) = Self { failed_tries, ..self }.starts_over();
        wants.extend(leave);
        (world, wants)
    }

    /// Starts from the beginning, with another key.
    pub(super) fn starts_over(self) -> (Self, Wants) {
        let attempt = self.attempt + 1;
        let stop = self.has_sandbox().then_some(Want::Shell(WorldEffect::StopSandbox));
        let wants = stop.into_iter().chain([Want::Shell(WorldEffect::GenerateKey { attempt })]).collect();
        (Self { attempt, state: State::AwaitingKey, ..self }, wants)
    }

    /// A deadline has come.
    pub(super) fn runs_late(self, pace: Pace<'_>) -> (Self, Wants) {
        match self.state {
            State::AwaitingCookie { .. } => self.forks_again(pace, "the server did not answer in time"),
            State::AwaitingProof { .. } | State::AwaitingCode { .. } => {
                self.forks_again(pace, "the code did not come in time")
            }
            State::AwaitingReady { .. } | State::AwaitingVoucher { .. } => {
                self.fails("it did not start in time".into())
            }
            State::AwaitingAck { .. } => self.fails("the server did not start its command in time".into()),
            State::Closing { .. } => (Self { state: State::Closed, ..self }, Vec::new()),
            _ => (self, Vec::new()),
        }
    }
}
