//! Two sound pages of our own: every sentence of them holds.

/// Over `fixtures/incidents/memory-leak-after-deploy.txt`.
pub const ONE: &str = "\
# basket-svc pods killed for memory after v3.7

## Summary

Most likely the response cache that basket-svc v3.7 added grows without an eviction and fills the memory limit of 512Mi. The basket success rate fell from 99.7% to 96.8%.

## Severity

Undecided: the share of affected users is not known. The success rate fell from 99.7% to 96.8%, which counts requests.

## Hypotheses

1. The in-process response cache of v3.7 (Map, no eviction) may grow until pods are killed.

Evidence: ~340Mi held by a Map keyed on request ID, never cleared.

2. The move to the simdjson parser in the same rollout may hold memory as well; no line speaks for it.

The figures conflict: 18 restarts in the last hour, where 12 pods that take 5 h each to fill give fewer (12 / 5 = 2.4 an hour).

## Checklist

    kubectl get pods -n ‹namespace› -o wide
Expected: pods of basket-svc with OOMKilled as their last state.

## Mitigation plan

- Roll basket-svc back to the version before v3.7.

    kubectl rollout undo deployment/basket-svc -n ‹namespace›
Risk: capacity is one pod short while each pod is replaced.
Rollback: roll v3.7 out again.

## Customer impact

The share of failed basket requests rose by 2.9 points (99.7 - 96.8 = 2.9). How many users that is, is not known.

# Postmortem

## Timeline (UTC)

- 04:00 - basket-svc v3.7 rollout started [deploy history]
- 04:08 - rollout complete on all pods [deploy history]
- 09:00 - memory noted at 500Mi [memory]
- 09:12 - first OOMKilled pod [on-call]
- 09:14 - page [on-call]
- 09:15 - pods are crash looping [report]
- 09:16 - noted: success rate at 96.8%, most traffic still served [on-call]

## Detection

Paged at 09:14, 2 min after the first OOMKilled pod (09:14 - 09:12 = 2 min).

## Root cause

Most likely the response cache of v3.7; a heap profile of a second pod would confirm it.

## What went well

- The remaining pods still served most traffic at 09:16.

## What went poorly

- Memory grew from 04:00 to 09:00 and the first page was at 09:14.

## Response

Nothing is on record yet.

## Action items

- P0 Bound the response cache at 100 entries before it is switched on again. Owner: service owner. Due: 2026-07-01
";

/// Over `fixtures/incidents/equal-stamps.txt`.
pub const TWO: &str = "\
# Billing and catalog errors

## Executive summary

The stamps do not tell what failed first. Three chains stand in the lines: the Postgres pool of catalog-api is exhausted (150/150 connections in use), billing-worker cannot take the invoice lock because of Redis CLUSTERDOWN, and billing-worker is out of memory. The 5xx rate of catalog-api was 38% over the last 1m.

## Root cause

Not decided: pool exhausted, Redis CLUSTERDOWN or out of memory.

Confidence: 40%. Severity: undecided, the share of users is not known; the 5xx rate of 38% counts requests.

## Affected services

| name | role | health | impact |
| --- | --- | --- | --- |
| billing-worker | worker | down | out of memory, killing process |
| catalog-api | api | degraded | Postgres pool exhausted |

## Timeline (UTC)

- 18:44:05 catalog-api Postgres pool acquire waited 2.1s [log]
- 18:44:05 billing-worker out of memory [log]

## Fix recommendations

Read what billing-worker may use before it is given more.

    kubectl get deployment billing-worker -n ‹namespace› -o yaml
Risk: none, it only reads.
Rollback: nothing to undo.

## Impact

catalog-api answered 38% of the requests of edge with 5xx over the last 1m; the share of users is not known.

## Detection

Not known: no page is in the lines.

## Response

Nothing is on record yet.

## What went well

- The circuit breaker of catalog-api opened.

## What went poorly

- The lines do not say what was first.

## Action items

- P1 Alert when 90% of the connections of catalog-api are in use for 1m. Owner: service owner. Due: 2026-07-01

## Forensic report

Patient zero: not named, the order is not known.

Propagation path: billing-worker → catalog-api

Blast radius (4 entities): catalog-api, session-cache, billing-worker, edge.

Trigger hypothesis: not decided between the three.

Time to detect: not known, no page is in the lines.

## The 5 whys

Why #1: Why did edge see a 5xx rate of 38%? catalog-api answered with errors while its Postgres pool was exhausted.

Why #2: Why was the pool full? Not in the evidence.

Systemic root cause: It may be worth checking which alert watches the pool.

Counter-factual: An alert on the connections in use of catalog-api might have shown the exhausted pool earlier than the circuit breaker did.

## Agent reasoning trail

Read 7 log lines of 4 services. Level mix: ERROR: 3, WARN: 3, FATAL: 1.

First: 2026-01-20T18:44:05.310Z (WARN). Last: 2026-01-20T18:44:05.311Z (FATAL).

Invoking search_logs(pattern='CLUSTERDOWN', limit='5').

1 matching line(s) for `CLUSTERDOWN`.
";
