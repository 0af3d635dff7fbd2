/*
 * Decide, record, tell: two uses by one person, one approval, each record delivered twice, one crash anywhere.
 * The earlier use (0) is entitled to the approval whichever record comes first. One of the letters below makes it wrong:
 *   -DNO_CONDITION  the ledger is written without its version
 *   -DTELL_FIRST    people are told before the verdict is recorded
 *   -DNO_RESEND     a redelivery that changes nothing sends nothing
 *   -DTWO_WRITES    the ledger and what is to be told of it are two writes
 * Verdicts are a function of the ledger, so only what the ledger holds is kept. A telling is one bit of what has been told; an entry of
 * the outbox is the set of them that it has to tell, and is empty once it is marked as told.
 */
#define ENTRIES 5
#define APPROVED0 1
#define APPROVED1 2
#define UNAPPROVED1 4

byte held;                  /* the ledger: bit 0 and bit 1 for the records it holds */
byte version;
byte outbox[ENTRIES];       /* by version: what is to be told and not marked as told */
byte told;
bool crashed;
byte finished;

/* What is to be told of a ledger: record 0 takes the approval when it is there, record 1 only when record 0 is not. */
#define VERDICTS(h) ((h) == 0 -> 0 : ((h) == 1 -> APPROVED0 : ((h) == 2 -> APPROVED1 : APPROVED0 | UNAPPROVED1)))
#define NEWS(after, before) (VERDICTS(after) & ~VERDICTS(before))

inline mayCrash() { if :: d_step { !crashed -> crashed = true; seen = 0; before = 0; e = 0; pass = 0 }; goto delivered :: true fi }

proctype deliver(byte mine) {
  byte seen, before, e, pass;
delivered:
  atomic { seen = version; before = held };
  mayCrash();
#ifdef TELL_FIRST
  d_step { told = told | NEWS(before | mine, before); assert((held & (before | mine)) == (before | mine) || NEWS(before | mine, before) == 0) };
  mayCrash();
#endif
  if
  :: (before & mine) -> skip
  :: !(before & mine) ->
    if
#ifdef NO_CONDITION
    :: d_step { true ->
#else
    :: d_step { version == seen ->
#endif
      version++; held = before | mine; e = version
#ifndef TWO_WRITES
      ; outbox[e] = NEWS(held, before)
#endif
      }
#ifndef NO_CONDITION
    :: d_step { version != seen -> seen = 0; before = 0 }; goto delivered
#endif
    fi;
    mayCrash();
#ifdef TWO_WRITES
    outbox[e] = NEWS(before | mine, before);
    mayCrash();
#endif
  fi;
#ifdef NO_RESEND
  if :: (before & mine) -> goto over :: else fi;
#endif
  d_step { seen = 0; before = 0; e = 1; pass = version };
  do
  :: e <= pass ->
    if
    :: d_step { outbox[e] != 0 -> told = told | outbox[e] };
       mayCrash();
       outbox[e] = 0
    :: d_step { outbox[e] == 0 -> skip }
    fi;
    e++
  :: else -> break
  od;
over:
  atomic { seen = 0; before = 0; e = 0; pass = 0; finished++ }
}

init {
  atomic { run deliver(1); run deliver(1); run deliver(2); run deliver(2) };
  finished == 4;
  /* Nothing is lost, the approval is spent once and on the right use, and what is recorded was told. */
  assert(held == 3);
  assert((told & VERDICTS(held)) == VERDICTS(held))
}
