//! How the page gets a socket and gets it back: ticket, signature, socket; pauses between tries; the end of trying.

use crate::protocol::codec::{Message, encode};
use crate::protocol::crypto::random_array;
use crate::protocol::frame::VERSION;
use crate::protocol::message::Activate;
use crate::protocol::transcript;

use super::*;

/// The versions of the protocol that this page speaks, ascending.
pub(super) const VERSIONS: [u8; 1] = [VERSION];

impl Session {
    pub(super) fn start(&mut self, now: Millis, env: &mut Env<'_>, ticket: Option<Vec<u8>>, out: &mut Vec<Effect>) {
        self.ticket = ticket.map(|ticket| Held { ticket, since: now });
        self.resume = None;
        self.reconnect(now, env, out);
    }

    /// Tries now, whatever it was waiting for. A socket that works is not given up for it.
    pub(super) fn reconnect(&mut self, now: Millis, env: &mut Env<'_>, out: &mut Vec<Effect>) {
        if self.is_active() && self.resume.is_some() {
            return;
        }
        if !matches!(self.state, State::Idle | State::Paused { .. } | State::Closed { .. }) {
            out.push(Effect::CloseSocket);
            self.each_world(now, env, &Heard::SocketLost, out);
        }
        self.tries = 0;
        self.connect(now, env, out);
    }

    /// Begins an attempt with the ticket at hand, or by asking for one.
    pub(super) fn connect(&mut self, now: Millis, env: &mut Env<'_>, out: &mut Vec<Effect>) {
        self.attempt = self.attempt.wrapping_add(1);
        self.halted = None;
        let until = now.after(self.timing.connect_millis);
        // A ticket is good for one socket, so it is taken out here and never put back.
        match self.ticket.take().filter(|held| now.since(held.since) < self.timing.ticket_millis) {
            Some(held) => self.sign(now, env, held.ticket, out),
            None => {
                self.state = State::AwaitingTicket { until };
                out.push(Effect::AskTicket { attempt: self.attempt });
            }
        }
    }

    fn sign(&mut self, now: Millis, env: &Env<'_>, ticket: Vec<u8>, out: &mut Vec<Effect>) {
        let activate = Box::new(Unsigned { ticket, resume: self.resume.clone(), lamport: self.lamport.send() });
        let bytes = transcript::activate(
            env.origin,
            &VERSIONS,
            &activate.ticket,
            activate.lamport,
            activate.resume.as_deref().unwrap_or_default(),
            env.build,
        );
        self.state = State::AwaitingSignature { until: now.after(self.timing.connect_millis), activate };
        out.push(Effect::SignActivate { attempt: self.attempt, bytes });
    }

    pub(super) fn has_ticket(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        result: Result<Vec<u8>, TicketRefusal>,
        out: &mut Vec<Effect>,
    ) {
        if !matches!(self.state, State::AwaitingTicket { .. }) {
            return;
        }
        match result {
            Ok(ticket) => self.sign(now, env, ticket, out),
            Err(TicketRefusal::Unreachable(why)) => self.pause(now, env, why, out),
            Err(TicketRefusal::Login(why)) => self.close(why, true, now, env, out),
        }
    }

    pub(super) fn has_signature(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        signature: Result<[u8; 64], String>,
        out: &mut Vec<Effect>,
    ) {
        let State::AwaitingSignature { activate, .. } = &self.state else { return };
        match signature {
            Ok(signature) => {
                let Unsigned { ticket, resume, lamport } = activate.as_ref().clone();
                let resumes = resume.is_some();
                let versions = VERSIONS.to_vec();
                let body = encode(&Activate { versions, ticket, lamport, resume, build: env.build.into(), signature });
                let first = Frame { kind: Activate::KIND, stream: StreamId::CONTROL, lamport, body: &body }.encode();
                let until = now.after(self.timing.connect_millis);
                self.state = State::AwaitingSocket { until, first, resumes };
                out.push(Effect::OpenSocket { attempt: self.attempt });
            }
            Err(why) => self.close(format!("the login key could not sign: {why}"), true, now, env, out),
        }
    }

    pub(super) fn has_socket(&mut self, now: Millis, out: &mut Vec<Effect>) {
        let State::AwaitingSocket { first, resumes, .. } = &mut self.state else { return };
        out.push(Effect::Send(std::mem::take(first)));
        let resumes = *resumes;
        self.state = State::AwaitingActivated { until: now.after(self.timing.activate_millis), resumes };
    }

    /// What a close code means for what comes next.
    pub(super) fn socket_closed(
        &mut self,
        now: Millis,
        env: &mut Env<'_>,
        code: u16,
        why: &str,
        out: &mut Vec<Effect>,
    ) {
        match &self.state {
            State::AwaitingSocket { .. } => {
                return self.pause(now, env, or(why, "the server could not be reached"), out);
            }
            State::AwaitingActivated { .. } | State::AwaitingResumed { .. } | State::Active { .. } => {}
            _ => return,
        }
        // A Halt names the code even where the close frame got lost on the way.
        let halted = self.halted.take();
        let known =
            CloseCode::from_number(code).or_else(|| halted.as_ref().and_then(|h| CloseCode::from_number(h.code)));
        let why = or(why, halted.as_ref().map_or("the connection was lost", |halt| halt.why.as_str()));
        match known {
            Some(code) if code.is_resumable() => self.pause(now, env, why, out),
            None => self.pause(now, env, why, out),
            Some(CloseCode::Authentication) => {
                self.resume = None;
                self.close(why, true, now, env, out);
            }
            Some(CloseCode::Version) if !self.was_reloaded => {
                self.was_reloaded = true;
                self.close("the server is newer than this page: it is reloaded".into(), false, now, env, out);
                out.push(Effect::Reload);
            }
            Some(CloseCode::Version) => {
                self.close("page and server are of different builds, also after a reload".into(), false, now, env, out);
            }
            Some(CloseCode::Fenced) => {
                self.close("this session was taken over by another window".into(), false, now, env, out);
            }
            Some(_) => {
                self.resume = None;
                self.close(why, false, now, env, out);
            }
        }
    }

    /// This side gives the socket up, to try again.
    pub(super) fn drop_socket(&mut self, now: Millis, env: &mut Env<'_>, why: &str, out: &mut Vec<Effect>) {
        out.push(Effect::CloseSocket);
        self.pause(now, env, why.into(), out);
    }

    /// Waits before the next try: any time up to a limit that doubles from try to try, so that pages that lost the same
    /// server do not come back together.
    ///
    /// # Source
    /// Marc Brooker, "Exponential Backoff And Jitter", 2015: full jitter.
    pub(super) fn pause(&mut self, now: Millis, env: &mut Env<'_>, why: String, out: &mut Vec<Effect>) {
        if let State::Active { since } = self.state
            && now.since(since) >= self.timing.steady_millis
        {
            self.tries = 0;
        }
        let doubled = self.timing.pause_millis_min.saturating_mul(1 << self.tries.min(32));
        let limit = doubled.min(self.timing.pause_millis_max);
        let pause = u64::from_be_bytes(random_array(env.random)) % (limit + 1);
        self.tries = self.tries.saturating_add(1);
        self.state = State::Paused { until: now.after(pause), why };
        self.each_world(now, env, &Heard::SocketLost, out);
    }

    /// Stops trying. Worlds wait: what they show stays.
    pub(super) fn close(&mut self, why: String, login: bool, now: Millis, env: &mut Env<'_>, out: &mut Vec<Effect>) {
        self.state = State::Closed { why, login };
        out.push(Effect::CloseSocket);
        self.each_world(now, env, &Heard::SocketLost, out);
    }
}

fn or(why: &str, otherwise: &str) -> String {
    if why.is_empty() { otherwise } else { why }.to_owned()
}
