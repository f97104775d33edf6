"use client";

import { AccountsError, describe } from "customer-accounts";
import { english } from "customer-accounts/texts/english.js";
import { useState } from "react";
import { accounts } from "../accounts.js";

export default function SignIn() {
  const [greeting, setGreeting] = useState("");
  const [problem, setProblem] = useState("");

  async function signIn(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      const customer = await accounts.signIn(form.get("email"), form.get("password"));
      setGreeting(`Hello ${customer.attributes.firstName}!`);
    } catch (error) {
      if (!(error instanceof AccountsError)) throw error;
      setProblem(error.problems.map((one) => describe(one, english)).join(" "));
    }
  }

  if (greeting) return <p role="status">{greeting}</p>;
  return (
    <form method="post" onSubmit={signIn}>
      <label>E-mail <input name="email" type="email" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <p role="alert">{problem}</p>
      <button>Sign in</button>
    </form>
  );
}
