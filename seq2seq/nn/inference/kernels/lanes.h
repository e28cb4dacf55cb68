/* The kernels, written for vectors of LANES numbers; compiled once for each set of instructions. */

#define F(name) NAMED(name, SET)
#define PANEL (4 * LANES) /* outputs that are summed up side by side */

/* Sizes that are walked through in vectors are multiples of 16; `library.py` sees to it. */

/* exp(x) = 2^n 2^f for a whole n and |f| <= 1/2; the polynomial is within 8e-8 of 2^f. */
static inline V F(exponential)(V x) {
    x = v_max(v_set(-87.0f), v_min(v_set(88.0f), x)); /* in this order NaN stays NaN */
    V t = v_mul(x, v_set(1.44269504f)), n = v_round(t), f = v_sub(t, n);
    V sum = v_set(1.32764701e-3f);
    sum = v_fma(sum, f, v_set(9.67554096e-3f));
    sum = v_fma(sum, f, v_set(5.55071346e-2f));
    sum = v_fma(sum, f, v_set(0.240221202f));
    sum = v_fma(sum, f, v_set(0.693146944f));
    sum = v_fma(sum, f, v_set(1.0f));
    return v_times_power(sum, n);
}

static inline V F(sigmoid)(V x) {
    V other = F(exponential)(v_sub(v_set(0.0f), x));
    return F(reciprocal)(v_add(v_set(1.0f), other));
}

/* Products. Weights lie in panels: for every four inputs, four vectors of LANES outputs by four inputs. */

static int64_t F(packed_size)(int64_t outputs, int64_t inputs) {
    return (outputs + PANEL - 1) / PANEL * PANEL * ((inputs + 3) / 4 * 4);
}

static void F(pack)(const int8_t *whole, int64_t outputs, int64_t inputs, int8_t *packed) {
    int64_t quads = (inputs + 3) / 4;
    memset(packed, 0, (size_t)F(packed_size)(outputs, inputs));
    for (int64_t output = 0; output < outputs; output++) {
        int8_t *panel = packed + output / PANEL * PANEL * quads * 4 + output % PANEL * 4;
        for (int64_t input = 0; input < inputs; input++) {
            panel[input / 4 * PANEL * 4 + input % 4] = whole[output * inputs + input];
        }
    }
}

/* x (rows, inputs) -> whole numbers (rows, inputs). */
static void F(quantise)(const S2SProduct *product, const float *x, int64_t stride, int64_t rows, uint8_t *q) {
    int64_t inputs = product->inputs;
    V rate = v_set(product->rate), zero = v_set((float)product->zero);
    V highest = v_set((float)product->highest);
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t i = 0; i < inputs; i += LANES) {
            V value = v_add(v_round(v_mul(v_load(x + row * stride + i), rate)), zero);
            F(store_bytes)(q + row * inputs + i, v_max(v_set(0.0f), v_min(highest, value)));
        }
    }
}

/* Write out a row's sums of a panel, as far as there are outputs. */
static inline void F(put)(const S2SProduct *product, int64_t first, VI s0, VI s1, VI s2, VI s3, float *y) {
    const float *scales = product->scales + first, *biases = product->biases + first;
    float edge[PANEL], *to = first + PANEL <= product->outputs ? y + first : edge;
    v_store(to, v_fma(i_float(s0), v_load(scales), v_load(biases)));
    v_store(to + LANES, v_fma(i_float(s1), v_load(scales + LANES), v_load(biases + LANES)));
    v_store(to + 2 * LANES, v_fma(i_float(s2), v_load(scales + 2 * LANES), v_load(biases + 2 * LANES)));
    v_store(to + 3 * LANES, v_fma(i_float(s3), v_load(scales + 3 * LANES), v_load(biases + 3 * LANES)));
    if (to == edge) {
        memcpy(y + first, edge, (size_t)(product->outputs - first) * sizeof(float));
    }
}

static inline VI F(four)(const uint8_t *q) {
    int32_t four;
    memcpy(&four, q, sizeof four);
    return i_set(four);
}

/* A panel for a few rows. The sums are variables, not an array: compilers keep those in registers. */
#define BEGIN_ROW(r) VI s##r##0 = i_zero(), s##r##1 = i_zero(), s##r##2 = i_zero(), s##r##3 = i_zero();
#define ADD_TO_ROW(r) \
    x = F(four)(q + r * inputs + i); \
    i_dot(s##r##0, x, w0); \
    i_dot(s##r##1, x, w1); \
    i_dot(s##r##2, x, w2); \
    i_dot(s##r##3, x, w3);
#define END_ROW(r) F(put)(product, first, s##r##0, s##r##1, s##r##2, s##r##3, y + r * product->outputs);
#define TILE(rows, EACH) \
    static void F(tile##rows)(const S2SProduct *product, int64_t panel, const uint8_t *q, float *y) { \
        int64_t inputs = product->inputs, first = panel * PANEL; \
        const int8_t *weights = product->weights + first * inputs; \
        EACH(BEGIN_ROW) \
        for (int64_t i = 0; i < inputs; i += 4, weights += 4 * PANEL) { \
            VI w0 = i_load(weights), w1 = i_load(weights + 4 * LANES), x; \
            VI w2 = i_load(weights + 8 * LANES), w3 = i_load(weights + 12 * LANES); \
            EACH(ADD_TO_ROW) \
        } \
        EACH(END_ROW) \
    }
#define EACH1(DO) DO(0)
#define EACH2(DO) EACH1(DO) DO(1)
#define EACH3(DO) EACH2(DO) DO(2)
#define EACH4(DO) EACH3(DO) DO(3)
#define EACH5(DO) EACH4(DO) DO(4)
#define EACH6(DO) EACH5(DO) DO(5)

TILE(1, EACH1)
TILE(2, EACH2)
#if TILE_ROWS > 2
TILE(3, EACH3)
TILE(4, EACH4)
TILE(5, EACH5)
TILE(6, EACH6)
#endif

typedef struct {
    const S2SProduct *product;
    const uint8_t *q;
    float *y;
    int64_t rows, panels, pieces;
} F(Multiplication);

static void F(some_panels)(void *job, int64_t piece) {
    const F(Multiplication) *all = job;
    const S2SProduct *product = all->product;
    int64_t from = all->panels * piece / all->pieces, to = all->panels * (piece + 1) / all->pieces;
    for (int64_t panel = from; panel < to; panel++) {
        for (int64_t row = 0; row < all->rows; row += TILE_ROWS) {
            const uint8_t *q = all->q + row * product->inputs;
            float *y = all->y + row * product->outputs;
            switch (all->rows - row) {
            case 1: F(tile1)(product, panel, q, y); break;
#if TILE_ROWS > 2
            case 2: F(tile2)(product, panel, q, y); break;
            case 3: F(tile3)(product, panel, q, y); break;
            case 4: F(tile4)(product, panel, q, y); break;
            case 5: F(tile5)(product, panel, q, y); break;
            default: F(tile6)(product, panel, q, y); break;
#else
            default: F(tile2)(product, panel, q, y); break;
#endif
            }
        }
    }
}

/* How many threads so much work is worth: handing it over takes as long as `least` of it. */
static int F(worth)(int64_t work, int64_t least, int threads) {
    return work / least < threads ? (int)(work / least) : threads;
}

enum { F(LEAST_PRODUCTS) = 1 << 18, F(LEAST_SIGMOIDS) = 1 << 15, F(LEAST_LOGITS) = 1 << 16 };
enum { F(LEAST_CALL) = 1 << 23 }; /* products of a whole call: a thread that sleeps has to be woken for it */

static void F(multiply)(const S2SProduct *product, const float *x, int64_t stride, int64_t rows, float *y,
                        uint8_t *q, int threads) {
    F(quantise)(product, x, stride, rows, q);
    int64_t panels = (product->outputs + PANEL - 1) / PANEL;
    threads = F(worth)(rows * product->inputs * product->outputs, F(LEAST_PRODUCTS), threads);
    int64_t pieces = threads > 1 ? 4 * (int64_t)threads : 1;
    F(Multiplication) job = {product, q, y, rows, panels, pieces < panels ? pieces : panels};
    share(F(some_panels), &job, job.pieces, threads);
}

/* Rows that a thread takes at once. What is computed of so many stays in its cache beside the weights that come
   by; with few more rows than threads the outputs are shared out instead. */
enum { F(ROWS) = 12, F(ROWS_ALONE) = 48, F(FEWEST_ROWS) = 6 };

/* How many blocks so many items of so many rows each are cut into: one, if the outputs are to be shared out. */
static int64_t F(blocks)(int64_t items, int64_t rows_each, int64_t most_rows, int threads) {
    if (threads > 1 && (items < threads || items * rows_each < threads * F(FEWEST_ROWS))) {
        return 1;
    }
    int64_t each = rows_each < most_rows ? most_rows / rows_each : 1, blocks = (items + each - 1) / each;
    blocks = (blocks + threads - 1) / threads * threads;
    return blocks < items ? blocks : items;
}

typedef struct {
    const S2SProduct *product;
    const float *x;
    float *y;
    int64_t rows, blocks;
    int threads; /* within a block */
    _Atomic int failed;
} F(Rows);

static void F(some_rows)(void *job, int64_t piece) {
    F(Rows) *all = job;
    const S2SProduct *product = all->product;
    int64_t from = all->rows * piece / all->blocks, rows = all->rows * (piece + 1) / all->blocks - from;
    uint8_t *q = scratch_of((size_t)(rows * product->inputs));
    if (!q) {
        atomic_store(&all->failed, -1);
        return;
    }
    const float *x = all->x + from * product->inputs;
    F(multiply)(product, x, product->inputs, rows, all->y + from * product->outputs, q, all->threads);
}

static int F(multiply_alone)(const S2SProduct *product, const float *x, int64_t rows, float *y, int threads) {
    threads = team_open(F(worth)(rows * product->inputs * product->outputs, F(LEAST_CALL), threads));
    int64_t blocks = F(blocks)(rows, 1, F(ROWS_ALONE), threads);
    F(Rows) all = {product, x, y, rows, blocks, blocks > 1 ? 1 : threads, 0};
    share(F(some_rows), &all, blocks, threads);
    team_close(threads);
    return all.failed;
}

/* A GRU's step on states u = (h + 1) / 2: `gru` in unit.py. x and h (rows, 3 size), both with strides. */
static void F(gru)(const float *x, int64_t x_stride, const float *h, int64_t h_stride, const float *state,
                   int64_t state_stride, float *to, int64_t to_stride, int64_t rows, int64_t size) {
    for (int64_t row = 0; row < rows; row++, x += x_stride, h += h_stride, state += state_stride, to += to_stride) {
        for (int64_t i = 0; i < size; i += LANES) {
            V r = F(sigmoid)(v_add(v_load(x + i), v_load(h + i)));
            V z = F(sigmoid)(v_add(v_load(x + size + i), v_load(h + size + i)));
            V n = F(sigmoid)(v_fma(r, v_load(h + 2 * size + i), v_load(x + 2 * size + i)));
            v_store(to + i, v_fma(z, v_sub(v_load(state + i), n), n));
        }
    }
}

static void F(look_up)(const S2STable *table, int64_t token, int64_t width, float *to) {
    const int8_t *whole = table->whole + token * width;
    const float *scales = table->scales + token * ((width + S2S_BLOCK - 1) / S2S_BLOCK);
    for (int64_t i = 0; i < width; i += LANES) {
        v_store(to + i, v_mul(v_load_whole(whole + i), v_set(scales[i / S2S_BLOCK])));
    }
}

typedef struct {
    const S2SReading *reading;
    const int64_t *order; /* (B): the longest sentence first */
    int64_t blocks;
    int threads; /* within a block */
    _Atomic int failed;
} F(Sentences);

/* Read sentences from the longest to the shortest: at each step, those that have ended are the last ones. */
static void F(read_some)(void *job, int64_t piece) {
    F(Sentences) *all = job;
    const S2SReading *r = all->reading;
    int64_t from = r->rows * piece / all->blocks, R = r->rows * (piece + 1) / all->blocks - from;
    int64_t S = r->positions, H = r->recurrent->inputs, active = R;
    const int64_t *order = all->order + from;
    size_t q_size = aligned((size_t)(R * H));
    uint8_t *q = scratch_of(q_size + (size_t)(R * 7 * H) * sizeof(float));
    if (!q) {
        atomic_store(&all->failed, -1);
        return;
    }
    float *state = (float *)(q + q_size), *gates = state + R * H, *recurrent = gates + R * 3 * H;
    for (int64_t i = 0; i < R * H; i++) {
        state[i] = 0.5f; /* h = 0 */
    }
    for (int64_t step = 0; step < S; step++) {
        while (active > 0 && r->lengths[order[active - 1]] <= step) {
            active--;
        }
        if (active == 0) {
            break;
        }
        for (int64_t at = 0; at < active; at++) {
            int64_t row = order[at], position = r->backwards ? r->lengths[row] - 1 - step : step;
            float *to = gates + at * 3 * H;
            if (r->tokens) {
                F(look_up)(&r->table, r->tokens[row * S + position], 3 * H, to);
            } else {
                memcpy(to, r->gates + (row * S + position) * 3 * H, (size_t)(3 * H) * sizeof(float));
            }
        }
        F(multiply)(r->recurrent, state, H, active, recurrent, q, all->threads);
        F(gru)(gates, 3 * H, recurrent, 3 * H, state, H, state, H, active, H);
        for (int64_t at = 0; at < active; at++) {
            int64_t row = order[at], position = r->backwards ? r->lengths[row] - 1 - step : step;
            size_t size = (size_t)H * sizeof(float);
            memcpy(r->states + (row * S + position) * r->width, state + at * H, size);
            if (step == r->lengths[row] - 1) {
                memcpy(r->summary + row * r->width, state + at * H, size);
            }
        }
    }
    for (int64_t at = 0; at < R; at++) {
        int64_t row = order[at];
        for (int64_t position = r->lengths[row]; position < S; position++) {
            memset(r->states + (row * S + position) * r->width, 0, (size_t)H * sizeof(float));
        }
    }
}

static int F(read)(const S2SReading *r, int threads) {
    int64_t R = r->rows, S = r->positions, count = 0;
    int64_t *order = malloc((size_t)R * sizeof(int64_t));
    if (!order) {
        return -1;
    }
    for (int64_t length = S; length >= 0; length--) {
        for (int64_t row = 0; row < R; row++) {
            if (r->lengths[row] == length) {
                order[count++] = row;
            }
        }
    }
    threads = team_open(F(worth)(R * S * r->recurrent->inputs * r->recurrent->outputs, F(LEAST_CALL), threads));
    int64_t blocks = F(blocks)(R, 1, F(ROWS), threads);
    F(Sentences) all = {r, order, blocks, blocks > 1 ? 1 : threads, 0};
    share(F(read_some), &all, blocks, threads);
    team_close(threads);
    free(order);
    return all.failed;
}

/* Attention. sigmoid(query + key) = 1 / (1 + exp(-query) exp(-key)): what is kept of a key is exp(-key),
   so that there is no exponential for each pair. Nothing overflows: both are cut off where a sigmoid ends. */

static inline V F(decay)(V x) {
    return F(exponential)(v_max(v_set(-40.0f), v_min(v_set(40.0f), v_sub(v_set(0.0f), x))));
}

static void F(decays)(float *x, int64_t count) {
    for (int64_t i = 0; i < count; i += LANES) {
        v_store(x + i, F(decay)(v_load(x + i)));
    }
}

static void F(attend_row)(void *job, int64_t row) {
    const S2SAttention *a = job;
    int64_t sentence = row / a->hypotheses, length = a->lengths[sentence];
    float *weights = a->weights + row * a->positions, *context = a->context + row * a->memory_size;
    float query[a->size], strongest = -INFINITY;
    for (int64_t i = 0; i < a->size; i += LANES) {
        v_store(query + i, F(decay)(v_load(a->queries + row * a->query_stride + i)));
    }
    for (int64_t s = 0; s < length; s++) {
        const float *key = a->keys[sentence] + s * a->size;
        V sum = v_set(0.0f);
        for (int64_t i = 0; i < a->size; i += LANES) {
            V seen = F(reciprocal)(v_fma(v_load(query + i), v_load(key + i), v_set(1.0f)));
            sum = v_fma(seen, v_load(a->energy + i), sum);
        }
        weights[s] = v_sum(sum);
        strongest = weights[s] > strongest ? weights[s] : strongest;
    }
    float total = 0.0f;
    for (int64_t s = 0; s < length; s++) {
        float one[LANES];
        v_store(one, F(exponential)(v_set(weights[s] - strongest)));
        total += weights[s] = one[0];
    }
    for (int64_t s = 0; s < length; s++) {
        weights[s] /= total;
    }
    for (int64_t s = length; s < a->positions; s++) {
        weights[s] = 0.0f;
    }
    const float *states = a->states[sentence];
    for (int64_t i = 0; i < a->memory_size; i += LANES) {
        V sum = v_set(0.0f);
        for (int64_t s = 0; s < length; s++) {
            sum = v_fma(v_set(weights[s]), v_load(states + s * a->memory_size + i), sum);
        }
        v_store(context + i, sum);
    }
}

static void F(look)(const S2SAttention *attention, int threads) {
    int64_t work = attention->rows * attention->positions * attention->size;
    share(F(attend_row), (void *)attention, attention->rows, F(worth)(work, F(LEAST_SIGMOIDS), threads));
}

static void F(attend)(const S2SAttention *attention, int threads) {
    int64_t work = attention->rows * attention->positions * attention->size;
    threads = team_open(F(worth)(work, F(LEAST_SIGMOIDS), threads));
    F(look)(attention, threads);
    team_close(threads);
}

/* How many products a step takes for so many rows. */
static int64_t F(work_of_step)(const S2SDecoder *d, int64_t rows) {
    const S2SProduct *parts[] = {d->first, d->recurrent, d->energy ? d->context : NULL, d->feed, d->hidden_out,
                                 d->projection};
    int64_t products = d->layers * 6 * d->hidden * d->hidden;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        products += parts[i] ? parts[i]->inputs * parts[i]->outputs : 0;
    }
    return rows * products;
}

/* Whether what is added can lie where the first cell's product was. */
static int F(is_plain)(const S2SDecoder *d) { return d->energy && !d->layers; }

/* What a step of so many rows needs beside what it writes, in floats: see `walk`. */
static size_t F(room)(const S2SDecoder *d, int64_t rows) {
    int64_t H = d->hidden, O = d->readout, A = d->attention, M = d->memory_size, wide = 3 * H + O;
    int64_t widest = H > O ? H : O;
    widest = widest > M ? widest : M;
    return aligned((size_t)(rows * widest)) / sizeof(float) +
           (size_t)rows * (size_t)(3 * H + H + 3 * H + A + M + wide + wide + (F(is_plain)(d) ? 0 : 3 * H));
}

/* A step of the decoder: the same lines as `PackedModel.step`. */
static void F(walk)(const S2SDecoder *d, const S2SStep *s, float *room, int threads) {
    int64_t R = s->rows, H = d->hidden, O = d->readout, A = d->attention, M = d->memory_size;
    int64_t widest = H > O ? H : O, wide = 3 * H + O;
    widest = widest > M ? widest : M;
    uint8_t *q = (uint8_t *)room;
    float *between = room + aligned((size_t)(R * widest)) / sizeof(float), *asked = between + R * H;
    float *context = asked + R * (3 * H + A), *added = context + R * M, *looked_up = added + R * wide;
    float *gates = looked_up + R * wide;
    float *recurrent = F(is_plain)(d) ? added : gates + R * 3 * H; /* what is added comes later */
    const float *embedded = s->previous ? looked_up : s->embedded;
    const float *x = embedded, *h = s->hidden[0];
    int64_t x_stride = wide;
    for (int64_t row = 0; s->previous && row < R; row++) {
        F(look_up)(&d->table, s->previous[row], wide, looked_up + row * wide);
    }
    if (d->feed) {
        F(multiply)(d->feed, s->feed, O, R, gates, q, threads);
        for (int64_t row = 0; row < R; row++) {
            for (int64_t i = 0; i < 3 * H; i += LANES) {
                float *gate = gates + row * 3 * H + i;
                v_store(gate, v_add(v_load(gate), v_load(x + row * wide + i)));
            }
        }
        x = gates;
        x_stride = 3 * H;
    }
    if (d->first) {
        F(multiply)(d->first, h, H, R, recurrent, q, threads);
        F(gru)(x, x_stride, recurrent, 3 * H, h, H, between, H, R, H);
        h = between;
    }
    F(multiply)(d->recurrent, h, H, R, asked, q, threads);
    if (d->energy) {
        S2SAttention attention = {
            d->projection->set, R,          s->hypotheses, s->positions, A,          M,       asked + 3 * H,
            3 * H + A,          s->keys,    s->states,     s->lengths,   d->energy,  context, s->weights,
        };
        F(look)(&attention, threads);
        F(multiply)(d->context, context, M, R, added, q, threads);
    }
    for (int64_t row = 0; row < R; row++) {
        const float *from_context = d->energy ? added + row * wide : s->context[row / s->hypotheses];
        const float *gate = from_context;
        if (!d->first) {
            float *sum = gates + row * 3 * H;
            for (int64_t i = 0; i < 3 * H; i += LANES) {
                v_store(sum + i, v_add(v_load(x + row * x_stride + i), v_load(from_context + i)));
            }
            gate = sum;
        }
        F(gru)(gate, 0, asked + row * (3 * H + A), 0, h + row * H, 0, s->new_hidden[0] + row * H, 0, 1, H);
    }
    for (int64_t layer = 0; layer < d->layers; layer++) {
        F(multiply)(d->upper_inputs[layer], s->new_hidden[layer], H, R, gates, q, threads);
        F(multiply)(d->upper_recurrent[layer], s->hidden[layer + 1], H, R, recurrent, q, threads);
        F(gru)(gates, 3 * H, recurrent, 3 * H, s->hidden[layer + 1], H, s->new_hidden[layer + 1], H, R, H);
    }
    F(multiply)(d->hidden_out, s->new_hidden[d->layers], H, R, s->new_readout, q, threads);
    for (int64_t row = 0; row < R; row++) {
        const float *mine = (d->energy ? added + row * wide : s->context[row / s->hypotheses]) + 3 * H;
        const float *from_piece = embedded + row * wide + 3 * H;
        for (int64_t i = 0; i < O; i += LANES) {
            float *to = s->new_readout + row * O + i;
            v_store(to, F(sigmoid)(v_add(v_add(v_load(to), v_load(mine + i)), v_load(from_piece + i))));
        }
    }
    F(multiply)(d->projection, s->new_readout, O, R, s->logits, q, threads);
}

/* The best pieces. */

typedef struct {
    const float *logits;
    const S2SBest *best;
} F(Choice);

enum { F(BLOCK) = 64, F(MOST_BLOCKS) = 1024 };

static void F(best_of_row)(void *job, int64_t row) {
    const F(Choice) *choice = job;
    const S2SBest *b = choice->best;
    int64_t size = b->vocabulary;
    const float *x = choice->logits + row * size;
    double *log_probs = b->log_probs + row * (1 + b->count);
    float highest = -INFINITY;
    int64_t *tokens = b->tokens + row * (1 + b->count);
    /* Blocks as large as need be for their maxima to be few. The pieces before the first are in none. */
    int64_t block = F(BLOCK);
    while ((size - b->first + block - 1) / block > F(MOST_BLOCKS)) {
        block *= 2;
    }
    int64_t blocks = (size - b->first + block - 1) / block;
    float maxima[F(MOST_BLOCKS)];
    for (int64_t at = 0; at < blocks; at++) {
        int64_t from = b->first + at * block, to = from + block < size ? from + block : size, i = from;
        V most = v_set(-INFINITY);
        for (; i + LANES <= to; i += LANES) {
            most = v_max(most, v_load(x + i));
        }
        float found = v_highest(most);
        for (; i < to; i++) {
            found = x[i] > found ? x[i] : found;
        }
        maxima[at] = found;
        highest = found > highest ? found : highest;
    }
    for (int64_t i = 0; i < b->first; i++) {
        highest = x[i] > highest ? x[i] : highest;
    }
    V sum = v_set(0.0f), shift = v_set(highest);
    int64_t i = 0;
    for (; i + LANES <= size; i += LANES) {
        sum = v_add(sum, F(exponential)(v_sub(v_load(x + i), shift)));
    }
    float total = v_sum(sum);
    if (i < size) {
        float rest[LANES];
        for (int64_t lane = 0; lane < LANES; lane++) {
            rest[lane] = i + lane < size ? x[i + lane] : -INFINITY;
        }
        v_store(rest, F(exponential)(v_sub(v_load(rest), shift)));
        for (int64_t lane = 0; lane < size - i; lane++) {
            total += rest[lane];
        }
    }
    double logarithm = highest + log((double)total); /* NaN when any logit is, or when all are -inf or one inf */
    if (!isfinite(logarithm)) {
        for (int64_t k = 0; k <= b->count; k++) {
            log_probs[k] = NAN;
            tokens[k] = k ? b->first : b->end;
        }
        return;
    }
    tokens[0] = b->end;
    log_probs[0] = (double)x[b->end] - logarithm;
    for (int64_t k = 1; k <= b->count; k++) {
        int64_t richest = 0, at = -1;
        for (int64_t other = 1; other < blocks; other++) {
            richest = maxima[other] > maxima[richest] ? other : richest;
        }
        int64_t from = b->first + richest * block, to = from + block < size ? from + block : size;
        float best = -INFINITY, next = -INFINITY; /* the best that is not taken, and the one after it */
        for (int64_t piece = from; piece < to; piece++) {
            int is_taken = 0;
            for (int64_t before = 1; before < k; before++) {
                is_taken |= tokens[before] == piece;
            }
            if (is_taken) {
                continue;
            }
            if (at < 0 || x[piece] > best) {
                next = at < 0 ? next : best;
                best = x[piece];
                at = piece;
            } else if (x[piece] > next) {
                next = x[piece];
            }
        }
        tokens[k] = at < 0 ? b->first : at;
        log_probs[k] = at < 0 ? -INFINITY : (double)best - logarithm;
        maxima[richest] = next;
    }
}

static void F(choose)(const float *logits, const S2SBest *best, int threads) {
    F(Choice) choice = {logits, best};
    int64_t work = best->rows * best->vocabulary;
    share(F(best_of_row), &choice, best->rows, F(worth)(work, F(LEAST_LOGITS), threads));
}

static void F(best)(const float *logits, const S2SBest *best, int threads) {
    threads = team_open(F(worth)(best->rows * best->vocabulary, F(LEAST_LOGITS), threads));
    F(choose)(logits, best, threads);
    team_close(threads);
}

/* Steps of some rows after those of others, or beside them: rows know nothing of each other. */
typedef struct {
    const S2SDecoder *decoder;
    const S2SStep *first;
    const S2SBest *best; /* NULL: only the logits of one step are asked for */
    int64_t *previous;   /* (R): room for what the next step begins with */
    int64_t steps, blocks;
    int threads;           /* within a block */
    _Atomic int64_t taken; /* no block need take more; -1: there is no memory */
} F(Walk);

static void F(lower)(_Atomic int64_t *value, int64_t to) {
    int64_t found = atomic_load(value);
    while (found > to && !atomic_compare_exchange_weak(value, &found, to)) {
    }
}

/* Some sentences of a step, with all their rows. */
static S2SStep F(part_of_step)(const S2SDecoder *d, const S2SStep *all, int64_t first, int64_t sentences) {
    int64_t K = all->hypotheses, from = first * K;
    S2SStep s = *all;
    s.rows = sentences * K;
    s.previous = s.previous ? s.previous + from : NULL;
    s.embedded = s.embedded ? s.embedded + from * (3 * d->hidden + d->readout) : NULL;
    for (int64_t layer = 0; layer <= d->layers; layer++) {
        s.hidden[layer] += from * d->hidden;
        s.new_hidden[layer] += from * d->hidden;
    }
    s.feed = d->feed ? s.feed + from * d->readout : NULL;
    s.new_readout += from * d->readout;
    s.logits = s.logits ? s.logits + from * d->projection->outputs : NULL;
    if (d->energy) {
        s.keys += first;
        s.states += first;
        s.lengths += first;
        s.weights += from * s.positions;
    } else {
        s.context += first;
    }
    return s;
}

static void F(walk_some)(void *job, int64_t piece) {
    F(Walk) *all = job;
    const S2SDecoder *d = all->decoder;
    int64_t R = all->first->rows, K = all->first->hypotheses, B = R / K, taken = 0;
    int64_t first = B * piece / all->blocks, sentences = B * (piece + 1) / all->blocks - first;
    S2SStep step = F(part_of_step)(d, all->first, first, sentences);
    size_t room = F(room)(d, step.rows);
    size_t logits = step.logits ? 0 : (size_t)(step.rows * d->projection->outputs);
    float *scratch = scratch_of((room + logits) * sizeof(float));
    if (!scratch) {
        atomic_store(&all->taken, -1);
        return;
    }
    step.logits = step.logits ? step.logits : scratch + room;
    if (!all->best) {
        F(walk)(d, &step, scratch, all->threads);
        return;
    }
    int64_t C = 1 + all->best->count;
    S2SBest best = *all->best;
    best.rows = step.rows;
    best.log_probs += first * K * C;
    best.tokens += first * K * C;
    while (taken < atomic_load(&all->taken)) {
        F(walk)(d, &step, scratch, all->threads);
        F(choose)(step.logits, &best, all->threads);
        taken++;
        int goes_on = 1;
        int64_t *previous = all->previous + first * K;
        for (int64_t row = 0; row < step.rows; row++) {
            goes_on &= best.log_probs[C * row] < best.log_probs[C * row + 1]; /* false of NaN */
            previous[row] = best.tokens[C * row + 1];
        }
        if (!goes_on) {
            F(lower)(&all->taken, taken);
        }
        step.previous = previous;
        for (int64_t layer = 0; layer <= d->layers; layer++) {
            step.hidden[layer] = step.new_hidden[layer];
            step.new_hidden[layer] += R * d->hidden;
        }
        step.feed = d->feed ? step.new_readout : NULL;
        step.new_readout += R * d->readout;
        step.weights += d->energy ? R * step.positions : 0;
        best.log_probs += R * C;
        best.tokens += R * C;
    }
}

static int64_t F(walk_all)(F(Walk) *all, int threads) {
    const S2SStep *first = all->first;
    threads = team_open(F(worth)(all->steps * F(work_of_step)(all->decoder, first->rows), F(LEAST_CALL), threads));
    all->blocks = F(blocks)(first->rows / first->hypotheses, first->hypotheses, F(ROWS), threads);
    all->threads = all->blocks > 1 ? 1 : threads;
    atomic_store(&all->taken, all->steps);
    share(F(walk_some), all, all->blocks, threads);
    team_close(threads);
    return atomic_load(&all->taken);
}

static int F(step)(const S2SDecoder *d, const S2SStep *step, int threads) {
    F(Walk) all = {.decoder = d, .first = step, .steps = 1};
    return F(walk_all)(&all, threads) < 0 ? -1 : 0;
}

static int64_t F(run)(const S2SDecoder *d, const S2SRun *run, int threads) {
    F(Walk) all = {d, &run->first, &run->best, run->previous, run->steps, 0, 0, 0};
    return F(walk_all)(&all, threads);
}

#undef F
#undef PANEL
#undef BEGIN_ROW
#undef ADD_TO_ROW
#undef END_ROW
#undef TILE
#undef EACH1
#undef EACH2
#undef EACH3
#undef EACH4
#undef EACH5
#undef EACH6
#undef V
#undef VI
#undef v_load
#undef v_load_whole
#undef v_store
#undef v_set
#undef v_add
#undef v_sub
#undef v_mul
#undef v_fma
#undef v_max
#undef v_min
#undef v_round
#undef v_times_power
#undef v_sum
#undef v_highest
#undef i_zero
#undef i_load
#undef i_set
#undef i_float
#undef i_dot
