/*
 * Decide, record, tell: two uses by one person, one approval, each record delivered twice, one crash anywhere.
 * The earlier use (0) is entitled to the approval whichever record comes first. One of the letters below makes it wrong:
 *   -DNO_CONDITION  the ledger is written without its version
 *   -DTELL_FIRST    people are told before the verdict is recorded
 *   -DNO_RESEND     a redelivery that changes nothing sends nothing
 *   -DTWO_WRITES    the ledger and what is to be told of it are two writes
 */
#define NONE 0
#define APPROVED 1
#define UNAPPROVED 2
#define ENTRIES 5

bool has[2];                /* the ledger: which records it holds */
byte version;
byte verdict[2];            /* recorded verdicts: a function of the ledger */
byte noted[20];             /* outbox: noted[2 * version + record] is the verdict to tell, NONE for nothing */
bool sent[ENTRIES];
bool told[6];               /* told[3 * record + verdict] */
bool crashed;
byte finished;

inline mayCrash() { if :: !crashed -> crashed = true; goto delivered :: true fi }

inline judge(h0, h1, v0, v1) {
  v0 = (h0 -> APPROVED : NONE);
  v1 = (h1 -> (h0 -> UNAPPROVED : APPROVED) : NONE)
}

inline note(e) {
  noted[2 * e] = (v0 != was0 -> v0 : NONE);
  noted[2 * e + 1] = (v1 != was1 -> v1 : NONE)
}

proctype deliver(byte record) {
  byte seen, v0, v1, was0, was1, e;
  bool h0, h1, conflict;
delivered:
  atomic { seen = version; h0 = has[0]; h1 = has[1]; was0 = verdict[0]; was1 = verdict[1]; v0 = 0; v1 = 0; e = 0; conflict = false };
  mayCrash();
  atomic { if :: record == 0 -> h0 = true :: else -> h1 = true fi; judge(h0, h1, v0, v1); skip };
#ifdef TELL_FIRST
  if :: v0 != NONE && v0 != was0 -> told[v0] = true; assert(verdict[0] == v0) :: else fi;
  if :: v1 != NONE && v1 != was1 -> told[3 + v1] = true; assert(verdict[1] == v1) :: else fi;
#endif
  if
  :: v0 == was0 && v1 == was1 -> skip
  :: else ->
    conflict = false;
    atomic {
      if
#ifdef NO_CONDITION
      :: true ->
#else
      :: version == seen ->
#endif
        version++; e = version;
        has[0] = h0; has[1] = h1; verdict[0] = v0; verdict[1] = v1;
#ifndef TWO_WRITES
        note(e)
#endif
#ifndef NO_CONDITION
      :: else -> conflict = true
#endif
      fi
    };
    if :: conflict -> goto delivered :: else fi;
    mayCrash();
#ifdef TWO_WRITES
    atomic { note(e) };
    mayCrash();
#endif
  fi;
#ifdef NO_RESEND
  if :: v0 == was0 && v1 == was1 -> goto over :: else fi;
#endif
  atomic { e = 1; h0 = false; h1 = false; v0 = 0; v1 = 0; was0 = 0; was1 = 0 };
  do
  :: e < ENTRIES && e <= version ->
    if
    :: !sent[e] ->
      atomic {
        if :: noted[2 * e] != NONE -> told[noted[2 * e]] = true :: else fi;
        if :: noted[2 * e + 1] != NONE -> told[3 + noted[2 * e + 1]] = true :: else fi
      };
      mayCrash();
      sent[e] = true
    :: else
    fi;
    e++
  :: else -> break
  od;
over:
  atomic { e = 0; h0 = false; h1 = false; v0 = 0; v1 = 0; was0 = 0; was1 = 0; conflict = false; seen = 0; finished++ }
}

init {
  atomic { run deliver(0); run deliver(0); run deliver(1); run deliver(1) };
  finished == 4;
  /* Nothing is lost, the approval is spent once and on the right use, and what is recorded was told. */
  assert(has[0] && has[1]);
  assert(verdict[0] == APPROVED && verdict[1] == UNAPPROVED);
  assert(told[verdict[0]] && told[3 + verdict[1]])
}
