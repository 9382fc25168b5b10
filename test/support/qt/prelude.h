// Precedes the document's C++ classes, which are otherwise compiled unchanged.

// The document's classes have no #include lines.
#include <QDateTime>
#include <QDebug>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QObject>
#include <QString>
#include <QUrl>
#include <QWebSocket>

// The classes lack functions that the document's own flow calls (joining, an answer, a candidate), and the token
// and the socket that these functions need are private. Derived classes in meeting.cpp add the functions.
#define private protected
