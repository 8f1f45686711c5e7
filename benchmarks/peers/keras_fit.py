"""Keras 3, on the backend that the variable KERAS_BACKEND names: compile, fit, predict."""

import os
import time

import keras
import numpy as np
from keras import layers
from task import (
    BATCH,
    DROPOUT,
    EMBEDDING,
    FILTERS,
    HIDDEN,
    LEARNING_RATE,
    LENGTH,
    WIDTHS,
    Vocabulary,
    read_task,
    report,
)

task = read_task()
keras.utils.set_random_seed(task.seed)
vocabulary = Vocabulary(task.train_texts)


def encode(texts):
    """Return an array of ids, padded in front as Keras does it."""
    encoded = [vocabulary.encode(text) for text in texts]
    return keras.utils.pad_sequences(encoded, maxlen=LENGTH, truncating="post")


inputs = keras.Input(shape=(LENGTH,), dtype="int32")
x = layers.Embedding(len(vocabulary), EMBEDDING)(inputs)
if task.model == "textcnn":
    convolved = [layers.Conv1D(FILTERS, width, activation="relu")(x) for width in WIDTHS]
    x = layers.concatenate([layers.GlobalMaxPooling1D()(each) for each in convolved])
else:
    cell = layers.LSTM if task.model == "bilstm" else layers.GRU
    x = layers.Bidirectional(cell(HIDDEN))(x)
x = layers.Dropout(DROPOUT)(x)
outputs = layers.Dense(task.num_classes, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(LEARNING_RATE),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

ids, labels = encode(task.train_texts), np.array(task.train_labels)
# One batch before the clock starts, so that compilation by jax is not counted.
model.fit(ids[:BATCH], labels[:BATCH], batch_size=BATCH, verbose=0)
started = time.perf_counter()
model.fit(ids, labels, batch_size=BATCH, epochs=task.epochs, verbose=2)
train_seconds = time.perf_counter() - started


def predict(texts):
    """Return the label of each text."""
    return model.predict(encode(texts), batch_size=BATCH, verbose=0).argmax(axis=1).tolist()


def predict_one(text):
    """Return the label of one text, without the overhead of `predict`, as Keras advises."""
    return int(np.asarray(model.predict_on_batch(encode([text]))).argmax())


report(
    task,
    train_seconds=train_seconds,
    predict=predict,
    predict_one=predict_one,
    packages=("keras", os.environ.get("KERAS_BACKEND", "torch")),
)
