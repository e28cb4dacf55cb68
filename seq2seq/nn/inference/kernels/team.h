/* A team of threads that shares pieces of work. Whoever is awake takes the next piece: the caller never
   waits for a thread that has not begun. A call opens the team, which wakes it, and shares out work after
   work while the others stay awake. One call at a time has the team; others, and small ones, run alone.
   Where the caller has waited in vain for a thread that has begun, because others use the processors, too,
   what is left of the call and the next ones run alone for a while. After a fork the child has a team of its own. */

#ifndef S2S_TEAM_H
#define S2S_TEAM_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

typedef void (*Work)(void *job, int64_t piece);

enum {
    TEAM_MOST = 64,
    TEAM_SPINS = 4000,     /* for the next job, before going to sleep */
    TEAM_PATIENCE = 1 << 18, /* cycles beyond the caller's own: a tenth of a millisecond */
    TEAM_REST = 16,        /* times as long as was waited in vain */
};

#define TEAM_CLOSED 0xffffffffu

static struct {
    pthread_mutex_t owner, sleep;
    pthread_cond_t wake;
    int size; /* threads that were started */
    uint64_t rest; /* until when calls run alone, in cycles */
    _Atomic int is_open;
    _Atomic unsigned calls; /* that have opened it */
    _Atomic int home;       /* the processor that the caller is on */
    _Atomic uint64_t word; /* the number of the job, and its next piece */
    _Atomic int64_t done, pieces;
    _Atomic int wanted; /* threads that may help */
    _Atomic(Work) work;
    _Atomic(void *) job;
} team = {.owner = PTHREAD_MUTEX_INITIALIZER,
          .sleep = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER,
          .word = TEAM_CLOSED};

/* Take one piece of the job that is open; false when there is none left. */
static int team_take(void) {
    uint64_t word = atomic_load(&team.word);
    uint32_t piece = (uint32_t)word;
    int64_t pieces = atomic_load(&team.pieces);
    Work work = atomic_load(&team.work);
    void *job = atomic_load(&team.job);
    if (piece == TEAM_CLOSED || piece >= pieces) {
        return 0;
    }
    if (!atomic_compare_exchange_strong(&team.word, &word, word + 1)) {
        return 1; /* somebody else was quicker, or the job is another */
    }
    work(job, piece); /* the word had not changed since: what was read belongs together */
    atomic_fetch_add(&team.done, 1);
    return 1;
}

/* Leave the caller's processor for another; systems like to wake a thread where it is called from. */
static int team_move(const cpu_set_t *all, int home) {
    cpu_set_t others = *all;
    if (home >= 0 && home < CPU_SETSIZE) {
        CPU_CLR(home, &others);
    }
    return CPU_COUNT(&others) > 0 && !pthread_setaffinity_np(pthread_self(), sizeof others, &others);
}

static void *team_member(void *number) {
    int mine = (int)(intptr_t)number;
    cpu_set_t all;
    if (pthread_getaffinity_np(pthread_self(), sizeof all, &all)) {
        CPU_ZERO(&all);
    }
    uint32_t seen = 0;
    unsigned missed = 0; /* a call that it slept through */
    int spins = 0;
    for (;;) {
        int home = atomic_load(&team.home); /* there it would only keep the caller waiting */
        int is_away = sched_getcpu() != home || (atomic_load(&team.is_open) && team_move(&all, home));
        uint32_t latest = (uint32_t)(atomic_load(&team.word) >> 32);
        if (is_away && latest != seen) {
            seen = latest;
            spins = 0;
            if (mine < atomic_load(&team.wanted)) {
                while (team_take()) {
                }
            }
        } else if (is_away && (atomic_load(&team.is_open) || ++spins < TEAM_SPINS)) {
            _mm_pause();
        } else {
            pthread_mutex_lock(&team.sleep);
            missed = is_away ? missed : atomic_load(&team.calls);
            while (!atomic_load(&team.is_open) || atomic_load(&team.calls) == missed) {
                pthread_cond_wait(&team.wake, &team.sleep);
            }
            pthread_mutex_unlock(&team.sleep);
            spins = 0;
        }
    }
    return NULL;
}

/* In the child of a fork: the threads are gone, and may have left locked what they had locked. */
static void team_forget(void) {
    pthread_mutex_init(&team.owner, NULL);
    pthread_mutex_init(&team.sleep, NULL);
    pthread_cond_init(&team.wake, NULL);
    team.size = 0;
    atomic_store(&team.is_open, 0);
}

static void team_begin(void) { pthread_atfork(NULL, NULL, team_forget); }

static void team_grow(int size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, team_begin);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (team.size < size && team.size < TEAM_MOST) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, team_member, (void *)(intptr_t)team.size)) {
            break;
        }
        team.size++;
    }
    pthread_attr_destroy(&attributes);
}

static int team_rests(void) { return __rdtsc() < team.rest; }

/* Have the team to oneself, awake, until `team_close`. Returns how many threads there are: 1 without it. */
static int team_open(int threads) {
    if (threads <= 1 || pthread_mutex_trylock(&team.owner)) {
        return 1;
    }
    if (team_rests()) {
        pthread_mutex_unlock(&team.owner);
        return 1;
    }
    team_grow(threads - 1);
    pthread_mutex_lock(&team.sleep);
    atomic_store(&team.home, sched_getcpu());
    atomic_fetch_add(&team.calls, 1);
    atomic_store(&team.is_open, 1);
    pthread_cond_broadcast(&team.wake);
    pthread_mutex_unlock(&team.sleep);
    return threads;
}

static void team_close(int threads) {
    if (threads > 1) {
        atomic_store(&team.is_open, 0);
        pthread_mutex_unlock(&team.owner);
    }
}

/* Do all pieces of a job, with as many threads as are given, the caller's included; the team is open. */
static void share(Work work, void *job, int64_t pieces, int threads) {
    if (threads <= 1 || pieces <= 1 || team_rests()) {
        for (int64_t piece = 0; piece < pieces; piece++) {
            work(job, piece);
        }
        return;
    }
    uint64_t number = (atomic_load(&team.word) >> 32) + 1;
    atomic_store(&team.word, number << 32 | TEAM_CLOSED); /* nobody takes from what is being changed */
    atomic_store(&team.work, work);
    atomic_store(&team.job, job);
    atomic_store(&team.pieces, pieces);
    atomic_store(&team.done, 0);
    atomic_store(&team.wanted, threads - 1);
    atomic_store(&team.home, sched_getcpu());
    atomic_store(&team.word, (number + 1) << 32);
    uint64_t began = __rdtsc();
    while (team_take()) {
    }
    uint64_t waiting = __rdtsc(), patience = waiting - began + TEAM_PATIENCE;
    while (atomic_load(&team.done) < pieces) {
        uint64_t now = __rdtsc();
        if (now - waiting < patience) {
            _mm_pause();
        } else {
            team.rest = now + TEAM_REST * (now - waiting);
            atomic_store(&team.is_open, 0);
            sched_yield();
        }
    }
}

#endif
