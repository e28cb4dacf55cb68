/* What Python calls; `library.py` has the same structures, and the same version. */

#ifndef S2S_KERNELS_H
#define S2S_KERNELS_H

#include <stdint.h>

enum { S2S_VERSION = 5 }; /* to be raised with every change of what is called, or how */

enum { S2S_NONE = 0, S2S_AVX2 = 1, S2S_AVX512_VNNI = 2 };

/* y = (q(x) - zero) W s + b for q(x) = round(x * rate) + zero; the bias has taken in what zero makes. */
typedef struct {
    int32_t set;
    int32_t zero, highest; /* of q(x): the lowest is 0 */
    float rate;
    int64_t inputs, outputs;
    const int8_t *weights; /* as `s2s_pack` leaves them */
    const float *scales;   /* (outputs), both filled up with zeros to whole panels */
    const float *biases;
} S2SProduct;

/* A row for each token, of whole numbers, and how large a step is in each block of a row; the last may be short. */
enum { S2S_BLOCK = 64 };

typedef struct {
    const int8_t *whole;
    const float *scales; /* (V, blocks) */
} S2STable;

/* One direction of an encoder layer: gates of each position, from a table or given, and a GRU through them. */
typedef struct {
    const S2SProduct *recurrent;
    int64_t rows, positions;
    int32_t backwards;     /* from each sentence's own end */
    const int64_t *lengths; /* (B) */
    const int64_t *tokens;  /* (B, S), with a table; else NULL, and then */
    S2STable table;
    const float *gates; /* (B, S, 3H) */
    float *states;      /* (B, S, H), `width` numbers from one position to the next; zero on padding */
    float *summary;     /* (B, H), likewise: the last state of each */
    int64_t width;
} S2SReading;

/* Bahdanau's attention for R = B K rows: e = v . sigmoid(query + key), weights = softmax(e).
   What is given of keys is exp(-key), by `s2s_decays`. Each sentence's lie wherever they were made, and its
   states too. */
typedef struct {
    int32_t set;
    int64_t rows, hypotheses, positions, size, memory_size;
    const float *queries; /* (R, size) with a stride */
    int64_t query_stride;
    const float *const *keys;   /* (B) of (S, size) */
    const float *const *states; /* (B) of (S, memory_size) */
    const int64_t *lengths;     /* (B) */
    const float *energy;        /* (size) */
    float *context;             /* (R, memory_size) */
    float *weights;             /* (R, S), S = positions: the longest sentence's */
} S2SAttention;

enum { S2S_LAYERS = 8 };

/* A decoder; what it lacks is NULL. `PackedModel.step` says what a step is. */
typedef struct {
    int64_t hidden, readout, attention, memory_size, layers; /* layers: above the first */
    const S2SProduct *first, *recurrent, *context, *feed, *hidden_out, *projection;
    const S2SProduct *upper_inputs[S2S_LAYERS], *upper_recurrent[S2S_LAYERS];
    const float *energy;
    S2STable table; /* (V, 3 hidden + readout): what a step reads of the last piece */
} S2SDecoder;

typedef struct {
    int64_t rows, hypotheses, positions;
    const int64_t *previous;             /* (R): rows of the table, or NULL, and then */
    const float *embedded;               /* (R, 3 hidden + readout) */
    const float *hidden[S2S_LAYERS + 1]; /* (R, hidden), a layer each */
    const float *feed;                   /* (R, readout) */
    const float *const *keys, *const *states; /* (B) of (S, .) */
    const int64_t *lengths;                   /* (B) */
    const float *const *context;              /* (B) of (3 hidden + readout), without attention */
    float *new_hidden[S2S_LAYERS + 1];
    float *new_readout; /* (R, readout) */
    float *logits;      /* (R, outputs of the projection) */
    float *weights;     /* (R, S) */
} S2SStep;

/* EOS and the best pieces of each row, with their log probabilities: (R, 1 + count). */
typedef struct {
    int64_t rows, vocabulary, count, end, first; /* `first` is the first piece that may be chosen */
    double *log_probs;                           /* NaN all along a row that is not finite */
    int64_t *tokens;
} S2SBest;

/* Steps in a row, each from the best pieces of the one before, until a row would rather end or is not finite.
   Each step's results lie behind those of the step before; logits are kept for none. What lies behind the last
   step that counts may be written to. */
typedef struct {
    int64_t steps;     /* at most */
    S2SStep first;     /* begins with pieces in `previous`, or else is the only one; without logits */
    S2SBest best;
    int64_t *previous; /* (R): room for what the next step begins with */
} S2SRun;

#endif
