//! From the tree to what can be asked of an entry: times are reckoned, regexes compiled, levels and numbers read.

use jiff::tz::TimeZone;

use super::ast::{At, Condition, Expression, Node, Operator, Pattern, Span, Subject};
use super::condition::{Check, Number, Test};
use super::error::{A_CLOCK, A_COLON, A_LEVEL, A_NUMBER, A_TEXT, A_TIME, Mistake, QueryError};
use super::known::LevelSet;
use super::moment::moment;
use super::pattern::{Glob, Matcher, Search};
use super::plan::Plan;
use super::regexp::Regexp;
use crate::log::level::Level;

const NO_ORDER: &str = ": or = here, for texts have no order";

/// Compiles trees against one moment and one zone.
pub(super) struct Compiler<'a> {
    pub(super) now_nanos: i64,
    pub(super) zone: &'a TimeZone,
    /// Whether another `now_nanos` would make it another plan.
    pub(super) depends_on_now: bool,
}

impl Compiler<'_> {
    pub(super) fn plan(&mut self, node: &Node) -> Result<Plan, QueryError> {
        Ok(match &node.what {
            Expression::Everything => Plan::Everything,
            Expression::And(parts) => Plan::And(self.plans(parts)?),
            Expression::Or(parts) => Plan::Or(self.plans(parts)?),
            Expression::Not(inner) => Plan::Not(Box::new(self.plan(inner)?)),
            Expression::Text(pattern) => Plan::Raw(search(pattern, node.span)?),
            Expression::Field(condition) => self.condition(condition)?,
        })
    }

    /// The cheapest questions first.
    fn plans(&mut self, parts: &[Node]) -> Result<Vec<Plan>, QueryError> {
        let mut plans = parts.iter().map(|part| self.plan(part)).collect::<Result<Vec<_>, _>>()?;
        plans.sort_by_key(Plan::cost);
        Ok(plans)
    }

    fn condition(&mut self, condition: &Condition) -> Result<Plan, QueryError> {
        let Condition { subject, operator, value } = condition;
        let check = match &subject.what {
            Subject::Since | Subject::Until => self.time(condition)?,
            _ if value.what == Pattern::Any && matches!(operator.what, Operator::Has | Operator::Is) => {
                Check::IsPresent
            }
            Subject::Level => Check::Level(levels(operator.what, value)?),
            Subject::Lamport => Check::Lamport(operator.what, whole_number(value)?),
            Subject::Message | Subject::Source | Subject::Trace | Subject::Field(_) => match operator.what {
                Operator::Has | Operator::Is => Check::Value(matcher(operator.what, value)?),
                Operator::IsNot => return different(&subject.what, value),
                _ if matches!(subject.what, Subject::Field(_)) => Check::Number(operator.what, number(value)?),
                _ => return Err(QueryError::expected(operator.span, NO_ORDER)),
            },
        };
        Ok(Plan::Test(Test::new(subject.what.clone(), check)))
    }

    fn time(&mut self, condition: &Condition) -> Result<Check, QueryError> {
        let Condition { subject, operator, value } = condition;
        if operator.what != Operator::Has {
            return Err(QueryError::expected(operator.span, A_COLON));
        }
        let text = literal(value, A_TIME)?;
        let moment = moment(text, self.now_nanos, self.zone).ok_or_else(|| QueryError::expected(value.span, A_TIME))?;
        self.depends_on_now |= moment.is_relative;
        Ok(match subject.what {
            Subject::Since => Check::Time(moment.nanos, i64::MAX),
            _ => Check::Time(i64::MIN, moment.nanos),
        })
    }
}

/// There is a value, and it is another one.
fn different(subject: &Subject, value: &At<Pattern>) -> Result<Plan, QueryError> {
    let is_present = Plan::Test(Test::new(subject.clone(), Check::IsPresent));
    let is_same = Plan::Test(Test::new(subject.clone(), Check::Value(matcher(Operator::Is, value)?)));
    Ok(Plan::And(vec![is_present, Plan::Not(Box::new(is_same))]))
}

fn search(pattern: &Pattern, span: Span) -> Result<Search, QueryError> {
    match pattern {
        Pattern::Any => Ok(Search::literal("")),
        Pattern::Literal(text) | Pattern::Glob(text) => Ok(Search::literal(text)),
        // Behind the slash.
        Pattern::Regex(text) => Ok(Search::Regexp(Box::new(Regexp::new(text, span.start + 1)?))),
    }
}

fn matcher(operator: Operator, value: &At<Pattern>) -> Result<Matcher, QueryError> {
    match &value.what {
        Pattern::Glob(text) => {
            let glob = Glob::new(text).ok_or_else(|| QueryError::new(value.span, Mistake::RegexTooBig))?;
            Ok(Matcher::Glob(glob))
        }
        Pattern::Literal(text) if operator == Operator::Is => Ok(Matcher::is(text)),
        _ if operator == Operator::Is => Err(QueryError::expected(value.span, A_TEXT)),
        pattern => Ok(Matcher::has(search(pattern, value.span)?)),
    }
}

fn literal<'a>(value: &'a At<Pattern>, expected: &'static str) -> Result<&'a str, QueryError> {
    match &value.what {
        Pattern::Literal(text) => Ok(text),
        _ => Err(QueryError::expected(value.span, expected)),
    }
}

fn levels(operator: Operator, value: &At<Pattern>) -> Result<LevelSet, QueryError> {
    let word = literal(value, A_LEVEL)?;
    let level = Level::from_word(word).ok_or_else(|| QueryError::expected(value.span, A_LEVEL))?;
    Ok(LevelSet::with(|other| compares(operator, other, level)))
}

fn number(value: &At<Pattern>) -> Result<Number, QueryError> {
    let text = literal(value, A_NUMBER)?;
    let nearest = text.parse().ok().filter(|number: &f64| number.is_finite());
    let number = nearest.map(|nearest| Number { whole: text.parse().ok(), nearest });
    number.ok_or_else(|| QueryError::expected(value.span, A_NUMBER))
}

fn whole_number(value: &At<Pattern>) -> Result<u64, QueryError> {
    literal(value, A_CLOCK)?.parse().map_err(|_| QueryError::expected(value.span, A_CLOCK))
}

/// Whether `left` stands to `right` as the operator says.
pub(super) fn compares<T: PartialOrd>(operator: Operator, left: T, right: T) -> bool {
    match operator {
        Operator::Has | Operator::Is => left == right,
        Operator::IsNot => left != right,
        Operator::Less => left < right,
        Operator::AtMost => left <= right,
        Operator::More => left > right,
        Operator::AtLeast => left >= right,
    }
}
