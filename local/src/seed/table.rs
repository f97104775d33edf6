//! What the command line says about the seed.

use std::fmt;

use super::{CUSTOMERS, Seeded, State};

impl fmt::Display for Seeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = match self {
            Seeded::Never => {
                return write!(
                    formatter,
                    "--seed has added nothing, because there are customers already. It is for an\n\
                     empty folder, or for a server without --data."
                );
            }
            Seeded::Before { password } => {
                writeln!(
                    formatter,
                    "--seed has added nothing, because its customers are there already. This is what\n\
                     they were made as, but for the password if PASSWORD_MIN_LENGTH was another:\n"
                )?;
                password
            }
            Seeded::Now { password } => {
                writeln!(formatter, "Five customers to try things on:\n")?;
                password
            }
        };
        // The password comes last, because it may have to be long.
        writeln!(formatter, "  {:23}  {:36}  Password", "E-mail", "Customer")?;
        for (state, email, _) in CUSTOMERS {
            let password = if state == State::Anonymised { "none" } else { password };
            writeln!(formatter, "  {email:23}  {:36}  {password}", state.describe())?;
        }
        match self {
            Seeded::Now { .. } => write!(formatter, "\nThe lockout is for requests from 127.0.0.1 and ::1."),
            _ => Ok(()),
        }
    }
}

impl State {
    fn describe(self) -> &'static str {
        match self {
            State::Fresh => "confirmed, and nothing else so far",
            State::Unconfirmed => "has not confirmed the e-mail address",
            State::LockedOut => "locked out for five minutes",
            State::TenAddresses => "has ten addresses",
            State::Anonymised => "anonymised: the e-mail is free again",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_a_terminal() {
        let password = super::super::password(0);
        for seeded in [Seeded::Now { password: password.clone() }, Seeded::Before { password }, Seeded::Never]
        {
            let text = seeded.to_string();
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        }
    }
}
