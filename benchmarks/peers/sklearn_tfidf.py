"""scikit-learn: TF-IDF of 1- and 2-grams with logistic regression, in a pipeline."""

import time

import joblib
from files import accuracy_of, read_options, read_rows, report_predictions, seconds_since_start, size_mb
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from task import print_line, versions

PACKAGES = ("scikit-learn",)

options = read_options()
if options.verb == "train":
    labels, texts = read_rows(options.train)
    features = TfidfVectorizer(
        analyzer="char" if options.chars else "word", ngram_range=(1, 2), min_df=2, sublinear_tf=True
    )
    vectors = features.fit_transform(texts)
    model = LogisticRegression(C=10, max_iter=1000)
    started = time.perf_counter()
    model.fit(vectors, labels)
    train_seconds = time.perf_counter() - started
    pipeline = make_pipeline(features, model)
    joblib.dump(pipeline, options.output)
    print_line(
        whole_s=seconds_since_start(options),
        train_s=train_seconds,
        accuracy=accuracy_of(pipeline.predict, options.test),
        model_mb=size_mb(options.output),
        versions=versions(*PACKAGES),
    )
else:
    pipeline = joblib.load(options.output)
    report_predictions(
        options,
        predict=pipeline.predict,
        predict_one=lambda text: pipeline.predict([text])[0],
        packages=PACKAGES,
    )
